package apk

import (
	"archive/tar"
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/pakman/build/pkg/apk/internal/deflate"
	"github.com/pakman/build/pkg/apk/internal/member"
	"github.com/pakman/build/pkg/apk/internal/ustar"
	"github.com/pakman/build/pkg/internal/visible"
)

// Entries of the signature member are named .SIGN.<hash>.<file name of the public key>.
const signaturePrefix = ".SIGN."

// Digests are the digests of a signed member, as compressed.
type Digests struct {
	sha1, sha256, sha512 hash.Hash
}

// NewDigests returns digests of nothing yet.
func NewDigests() *Digests {
	return &Digests{sha1: sha1.New(), sha256: sha256.New(), sha512: sha512.New()}
}

// Write adds to all of them.
func (d *Digests) Write(p []byte) (int, error) {
	for _, h := range []hash.Hash{d.sha1, d.sha256, d.sha512} {
		if _, err := h.Write(p); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// of returns the digest that a signature of that kind signs.
func (d *Digests) of(kind string) (crypto.Hash, []byte) {
	switch kind {
	case "RSA":
		return crypto.SHA1, d.sha1.Sum(nil)
	case "RSA256":
		return crypto.SHA256, d.sha256.Sum(nil)
	case "RSA512":
		return crypto.SHA512, d.sha512.Sum(nil)
	}
	return 0, nil
}

// Verify checks like apk: the first signature by one of the keys, recognised by name, decides.
func (d *Digests) Verify(signatures []Signature, keys ...*PublicKey) error {
	for _, s := range signatures {
		for _, key := range keys {
			kind, digest := d.of(s.Hash)
			if key.Name != s.KeyName || kind == 0 {
				continue
			}
			if err := rsa.VerifyPKCS1v15(key.rsa, kind, digest, s.Bytes); err != nil {
				return fmt.Errorf("the signature by %s is wrong: %w", key.Name, err)
			}
			return nil
		}
	}
	if len(signatures) == 0 {
		return errors.New("it is not signed")
	}
	return fmt.Errorf("it is signed by %s, and not by %s", signers(signatures), keyNames(keys))
}

// Sign writes the signature member for the member with these digests.
func (d *Digests) Sign(w io.Writer, keys ...*PrivateKey) error {
	if len(keys) == 0 {
		return errors.New("no key to sign with")
	}
	var archive bytes.Buffer
	t := ustar.NewWriter(&archive)
	seen := map[string]bool{}
	for _, key := range keys {
		if seen[key.Name] {
			return fmt.Errorf("two keys are named %s", key.Name)
		}
		seen[key.Name] = true
		signature, err := key.sign(d.sha256.Sum(nil))
		if err != nil {
			return fmt.Errorf("signing with %s: %w", key.Name, err)
		}
		h := &ustar.Header{
			Path: signaturePrefix + "RSA256." + key.Name + ".pub", Type: ustar.File, Mode: 0o644,
			Size: int64(len(signature)), User: root, Group: root,
		}
		if err := addFile(t, h, signature); err != nil {
			return err
		}
	}
	return compress(w, archive.Bytes())
}

// addFile writes an entry and its content, with its padding.
func addFile(t *ustar.Writer, h *ustar.Header, content []byte) error {
	if err := t.WriteHeader(h); err != nil {
		return err
	}
	if _, err := t.Write(content); err != nil {
		return err
	}
	return t.Flush()
}

// compress writes content as one gzip member.
func compress(w io.Writer, content []byte) error {
	z := deflate.NewWriter(w, deflate.Smallest, 1)
	if _, err := z.Write(content); err != nil {
		z.Abort()
		return err
	}
	return z.Close()
}

// ReadSignatures reads the tar of a signature member, decompressed. Signatures of kinds that apk does not know any more are
// among them.
func ReadSignatures(archive []byte) ([]Signature, error) {
	if len(archive) > maxSignatures {
		return nil, fmt.Errorf("signatures: %d bytes, at most %s are allowed", len(archive), member.Size(maxSignatures))
	}
	var signatures []Signature
	t := tar.NewReader(bytes.NewReader(archive))
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return signatures, nil
		}
		if err != nil {
			return nil, fmt.Errorf("signatures: %w", err)
		}
		kind, key, ok := strings.Cut(strings.TrimPrefix(h.Name, signaturePrefix), ".")
		if !strings.HasPrefix(h.Name, signaturePrefix) || !ok {
			return nil, fmt.Errorf("signatures: %.80q does not belong here", h.Name)
		}
		switch {
		case len(signatures) == maxSigners:
			return nil, fmt.Errorf("signatures: more than the %d that are allowed", maxSigners)
		case h.Size > maxSignatureSize:
			return nil, fmt.Errorf("signatures: %.80q has %d bytes, at most %s are allowed", h.Name, h.Size, member.Size(maxSignatureSize))
		}
		content, err := io.ReadAll(t)
		if err != nil {
			return nil, fmt.Errorf("signatures: %w", err)
		}
		signatures = append(signatures, Signature{KeyName: key, Hash: kind, Bytes: content})
	}
}

func signers(signatures []Signature) string {
	var names []string
	for _, s := range signatures {
		names = append(names, visible.Line(s.KeyName))
	}
	return strings.Join(names, ", ")
}

func keyNames(keys []*PublicKey) string {
	var names []string
	for _, k := range keys {
		names = append(names, k.Name)
	}
	if names == nil {
		return "any known key"
	}
	return strings.Join(names, ", ")
}
