package apk

import (
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/pakman/build/pkg/apk/internal/member"
)

// What a key may have at most. An RSA key of 16,384 bits, which takes minutes to make, has 13 KiB of PEM text.
const (
	maxKeyText   = 256 << 10 // bytes of a text of keys, which may hold several
	maxKeyDER    = 16 << 10  // bytes of one key
	maxKeyBits   = 16384
	maxHashWork  = 10_000_000 // rounds of PBKDF2 for a password; openssl does 2,048 unless it is told otherwise
	maxScryptMem = 128 << 20  // bytes that scrypt takes for a password
)

// ReadKeyFile returns the content of a file of keys, of at most 256 KiB. A FIFO, or another file that is not regular, is
// refused without waiting for its other end, unless it is an open descriptor such as /dev/stdin or /dev/fd/3.
func ReadKeyFile(path string) (text []byte, err error) {
	flags := os.O_RDONLY
	if !strings.HasPrefix(path, "/dev/") {
		flags |= syscall.O_NONBLOCK
	}
	f, err := os.OpenFile(path, flags, 0) //#nosec G304 -- the file that the user named
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if flags != os.O_RDONLY && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file; give the key's file itself", path)
	}
	text, err = io.ReadAll(io.LimitReader(f, maxKeyText+1))
	if err == nil {
		err = checkKeyText(max(int64(len(text)), info.Size()))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}

func checkKeyText(size int64) error {
	if size > maxKeyText {
		return fmt.Errorf("it has %d bytes, at most %s are allowed: is it a key?", size, member.Size(maxKeyText))
	}
	return nil
}

// checkBlock refuses a key that would take long to parse.
func checkBlock(block *pem.Block) error {
	if len(block.Bytes) > maxKeyDER {
		return fmt.Errorf("the %.40q has %d bytes, at most %s are allowed: is it a key?", block.Type, len(block.Bytes),
			member.Size(maxKeyDER))
	}
	return nil
}

// Protected keys (RFC 8018) name the function that makes a key of the password, and how much work it is to do.
var (
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
)

type algorithm struct {
	ID         asn1.ObjectIdentifier
	Parameters asn1.RawValue `asn1:"optional"`
}

// checkPasswordWork refuses a protected key whose password would take hours or all memory to try.
func checkPasswordWork(der []byte) error {
	var key struct {
		Algorithm struct {
			ID         asn1.ObjectIdentifier
			Parameters struct{ KDF, Cipher algorithm }
		}
		Data []byte
	}
	if _, err := asn1.Unmarshal(der, &key); err != nil {
		return fmt.Errorf("its protection is unreadable: %w", err)
	}
	switch kdf := key.Algorithm.Parameters.KDF; {
	case kdf.ID.Equal(oidPBKDF2):
		var p struct {
			Salt       asn1.RawValue
			Iterations int
			Length     int           `asn1:"optional"`
			PRF        asn1.RawValue `asn1:"optional"`
		}
		if _, err := asn1.Unmarshal(kdf.Parameters.FullBytes, &p); err != nil {
			return fmt.Errorf("its protection is unreadable: %w", err)
		}
		if p.Iterations < 1 || p.Iterations > maxHashWork {
			return fmt.Errorf("its encryption uses %d rounds of PBKDF2; 1 to %d are allowed", p.Iterations, maxHashWork)
		}
	case kdf.ID.Equal(oidScrypt):
		var p struct {
			Salt           []byte
			Cost, Block, P int
			Length         int `asn1:"optional"`
		}
		if _, err := asn1.Unmarshal(kdf.Parameters.FullBytes, &p); err != nil {
			return fmt.Errorf("its protection is unreadable: %w", err)
		}
		const most = 1 << 24 // of each factor, so that their product cannot overflow
		if min(p.Cost, p.Block, p.P) < 1 || max(p.Cost, p.Block, p.P) > most || int64(p.Cost)*int64(p.Block)*128 > maxScryptMem ||
			p.P > 16 {
			return fmt.Errorf(
				"its encryption uses scrypt with a cost of %d, blocks of %d and %d runs; at most %s of memory and 16 runs are allowed",
				p.Cost, p.Block, p.P, member.Size(maxScryptMem))
		}
	default:
		return errors.New("its encryption uses neither PBKDF2 nor scrypt")
	}
	return nil
}
