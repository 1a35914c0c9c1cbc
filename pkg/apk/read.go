package apk

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"

	"github.com/pakman/build/pkg/apk/internal/member"
)

// What a package may have at most, so that a hostile one cannot fill the memory or take hours. Of Alpine's packages none
// comes near: the largest control member has less than 1 MiB.
const (
	maxControl       = 16 << 20 // bytes of .PKGINFO and scripts, compressed and decompressed
	maxInfo          = 2 << 20  // bytes of .PKGINFO
	maxSignatures    = 1 << 20  // bytes of the signature member, decompressed
	maxSigners       = 64       // signatures
	maxSignatureSize = 16 << 10 // bytes of one signature: an RSA key of 131,072 bits
	maxFiles         = 1 << 20  // entries of the data member
	maxData          = 64 << 30 // bytes of the data member, decompressed
)

// opened is a package that is read up to its data member.
type opened struct {
	Package
	members   *member.Reader
	whole     hash.Hash // of the file
	controlAt int64     // where the control member begins
	content   []byte    // the tar of the control member
}

// Read reads a package from r to its end and checks its data hash.
func Read(r io.Reader) (*Package, error) {
	o, err := open(r)
	if err != nil {
		return nil, err
	}
	return o.finish()
}

// ReadFile reads the package in a file as Read does, and also writes the file's content to the writers.
func ReadFile(path string, also ...io.Writer) (*Package, error) {
	o, err := openFile(path, also...)
	if err != nil {
		return nil, err
	}
	return &o.Package, nil
}

// openFile reads the file to its end.
func openFile(path string, also ...io.Writer) (o *opened, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if o, err = open(io.TeeReader(file, io.MultiWriter(also...))); err == nil {
		_, err = o.finish()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

// Files reads a package like Read and calls fn for each entry of its data member, in order.
// Names and link targets are what the package says: nothing about them is checked. What fn makes
// of the entries counts only when Files returns no error, since the hash is known at the end.
func Files(r io.Reader, fn func(entry *tar.Header, content io.Reader) error) (*Package, error) {
	o, err := open(r)
	if err != nil {
		return nil, err
	}
	data := sha256.New()
	content, err := o.members.Next(io.MultiWriter(o.whole, data), dataLimit)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	t := tar.NewReader(content)
	for n := 0; ; n++ {
		entry, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("data: %w", err)
		}
		if n == maxFiles {
			return nil, fmt.Errorf("data: more than the %d entries that are allowed", maxFiles)
		}
		if err := fn(entry, t); err != nil {
			return nil, err
		}
	}
	if err := o.members.End(content); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	return o.finishData(data)
}

// dataLimit bounds the data member where it is decompressed.
var dataLimit = member.Limit{Compressed: member.Unlimited, Inflated: maxData}

// open reads signatures and control.
func open(r io.Reader) (*opened, error) {
	magic := make([]byte, 3)
	n, err := io.ReadFull(r, magic)
	if string(magic) == "ADB" {
		return nil, errors.New(
			"it is a package in apk 3's own format (ADB), which PAKman does not publish; make it with abuild, or in apk 2's format")
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	o := &opened{members: member.NewReader(io.MultiReader(bytes.NewReader(magic[:n]), r)), whole: sha256.New()}
	content, err := o.member()
	if err != nil {
		return nil, fmt.Errorf("not a package: the first member is unreadable: %w", err)
	}
	if isSignature(content) {
		if o.Signatures, err = ReadSignatures(content); err != nil {
			return nil, err
		}
		if content, err = o.member(); err != nil {
			return nil, fmt.Errorf("control: %w", err)
		}
	}
	o.ControlSize = o.members.Offset() - o.controlAt
	o.Checksum = "Q1" + base64.StdEncoding.EncodeToString(o.control.sha1.Sum(nil))
	o.content = content
	return o, o.readControl()
}

// isSignature reports whether a member is that of the signatures, by its first entry. abuild's has a PAX header before it.
func isSignature(content []byte) bool {
	h, err := tar.NewReader(bytes.NewReader(content)).Next()
	return err == nil && strings.HasPrefix(h.Name, signaturePrefix)
}

// member reads one of the small members, and its digests.
func (o *opened) member() ([]byte, error) {
	o.controlAt = o.members.Offset()
	o.control = NewDigests()
	r, err := o.members.Next(io.MultiWriter(o.control, o.whole), member.Limit{Compressed: maxControl, Inflated: maxControl})
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return content, o.members.End(r)
}

// finish reads the data member, which need not be inflated for its hash.
func (o *opened) finish() (*Package, error) { return o.finishData(sha256.New()) }

func (o *opened) finishData(data hash.Hash) (*Package, error) {
	if err := o.members.Rest(io.MultiWriter(o.whole, data)); err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	o.FileSize = o.members.Offset()
	o.SHA256 = hex.EncodeToString(o.whole.Sum(nil))
	if sum := hex.EncodeToString(data.Sum(nil)); !strings.EqualFold(sum, o.Info.DataHash) {
		return nil, fmt.Errorf("damaged: the files' SHA-256 is %s, but .PKGINFO says %q", sum, o.Info.DataHash)
	}
	return &o.Package, nil
}
