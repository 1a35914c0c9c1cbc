package secretscan

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"strings"
)

// Keys recognises RSA keys in whatever form a file holds them: PEM, DER, PKCS #1, PKCS #8, OpenSSH's, JSON Web Keys, `openssl
// -text`, and those in base64 or hexadecimal again. Each form holds the private exponent or a prime. It looks for pieces of them.
type Keys struct {
	sieve  [1 << 16 / 64]uint64 // the hashes of the starts below
	starts map[uint32][]piece   // by four bytes of a piece, at the first multiple of stride in the file
}

// A piece is what a file with the key holds.
type piece struct {
	text   string
	offset int // of the four bytes
}

// Of each number, 72 bytes are looked for in pieces of less than half of a line of text, so that lines of any usual width hold one whole.
const (
	stride     = 8
	sample     = 72
	textPiece  = 24 // characters of base64 or hexadecimal
	colonPiece = 8  // bytes between colons; openssl writes 15 to a line
	skipped    = 8  // from the start, where small numbers have zeros
)

// NewKeys returns what recognises the keys in PEM texts. A text that holds no RSA key is left out: nothing is known of a
// protected one.
func NewKeys(texts ...[]byte) *Keys {
	k := &Keys{starts: map[uint32][]piece{}}
	for _, text := range texts {
		block, _ := pem.Decode(text)
		if block == nil {
			continue
		}
		key, ok := parseRSA(block.Bytes)
		if !ok {
			continue
		}
		k.addNumber(key.D.Bytes())
		for _, prime := range key.Primes {
			k.addNumber(prime.Bytes())
		}
		pkcs1 := x509.MarshalPKCS1PrivateKey(key)
		k.addText(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: pkcs1}))
		if pkcs8, err := x509.MarshalPKCS8PrivateKey(key); err == nil {
			k.addText(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
		}
	}
	return k
}

func parseRSA(der []byte) (*rsa.PrivateKey, bool) {
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, true
	}
	any8, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, false
	}
	key, ok := any8.(*rsa.PrivateKey)
	return key, ok
}

// addNumber adds the forms of a secret number.
func (k *Keys) addNumber(number []byte) {
	if len(number) < skipped+sample+2 {
		return // no key that signs here
	}
	part := number[skipped : skipped+sample]
	k.addPieces(string(part))
	digits := hex.EncodeToString(part)
	k.addPieces(digits)
	k.addPieces(strings.ToUpper(digits))
	for i := 0; i < sample; i += colonPiece {
		var colons []string
		for _, b := range part[i : i+colonPiece] {
			colons = append(colons, hex.EncodeToString([]byte{b}))
		}
		k.add(strings.Join(colons, ":"))
		k.add(strings.ToUpper(strings.Join(colons, ":")))
	}
	k.addBase64(number[skipped:])
}

// addText adds a text in base64, as Kubernetes and variables of CI systems hold keys. Its first lines are the same in other keys.
func (k *Keys) addText(text []byte) {
	k.addBase64(text[len(text)/2:])
}

// addBase64 adds bytes in base64 with either alphabet, wherever in a group of three they begin.
func (k *Keys) addBase64(text []byte) {
	for i := range 3 {
		k.addPieces(base64.StdEncoding.EncodeToString(text[i : i+sample]))
		k.addPieces(base64.URLEncoding.EncodeToString(text[i : i+sample]))
	}
}

func (k *Keys) addPieces(text string) {
	for ; len(text) >= textPiece; text = text[textPiece:] {
		k.add(text[:textPiece])
	}
}

func (k *Keys) add(text string) {
	for offset := range stride {
		start := binary.LittleEndian.Uint32([]byte(text[offset:]))
		h := hash(start)
		k.sieve[h/64] |= 1 << (h % 64)
		k.starts[start] = append(k.starts[start], piece{text, offset})
	}
}

func hash(start uint32) uint32 { return start * 0x9E3779B1 >> 16 }

// In reports whether the text holds one of the keys.
func (k *Keys) In(text []byte) bool {
	if k == nil || len(k.starts) == 0 {
		return false
	}
	for i := 0; i+4 <= len(text); i += stride {
		start := binary.LittleEndian.Uint32(text[i:])
		if h := hash(start); k.sieve[h/64]&(1<<(h%64)) == 0 {
			continue
		}
		for _, p := range k.starts[start] {
			if from := i - p.offset; from >= 0 && bytes.HasPrefix(text[from:], []byte(p.text)) {
				return true
			}
		}
	}
	return false
}
