package apk

// Verify checks the signatures like apk: the first one by one of the keys decides. The file is not read again.
func (p *Package) Verify(keys ...*PublicKey) error { return p.control.Verify(p.Signatures, keys...) }
