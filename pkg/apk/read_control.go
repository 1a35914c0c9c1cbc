package apk

import "io"

// Head is the front of a package, its signatures and control: everything but its files.
type Head struct {
	Package // FileSize and SHA256 are not known
}

// ReadHead reads no further than the control member, apart from what r returns in the same read.
func ReadHead(r io.Reader) (*Head, error) {
	o, err := open(r)
	if err != nil {
		return nil, err
	}
	return &Head{Package: o.Package}, nil
}

// Check reads a package to its end and returns all that is wrong with it: what cannot be read, its data hash, dependencies and
// files that apk refuses, and, where keys are given, its signatures. The package is nil when its front cannot be read.
func Check(r io.Reader, keys ...*PublicKey) (*Package, []error) {
	checked, wait := FileChecker()
	o, err := open(io.TeeReader(r, checked))
	if err != nil {
		_ = wait(err) // there are no files to ask about
		return nil, []error{err}
	}
	var faults []error
	_, err = o.finish()
	for _, err := range []error{err, wait(err), o.Info.CheckDependencies()} {
		if err != nil {
			faults = append(faults, err)
		}
	}
	if len(keys) > 0 {
		if err := o.control.Verify(o.Signatures, keys...); err != nil {
			faults = append(faults, err)
		}
	}
	return &o.Package, faults
}
