package abuild

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
)

// abuild signs what it makes and does not work without a key. The packages get their real
// signatures later, outside the build, so this one only has to be well-formed.
const temporaryBits = 2048

// writeThrowawayKey writes a new key pair to path and path.pub, side by side as abuild looks for them.
func writeThrowawayKey(path string) error {
	key, err := rsa.GenerateKey(rand.Reader, temporaryBits)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	private := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	if err := os.WriteFile(path, private, 0o600); err != nil {
		return err
	}
	return os.WriteFile(path+".pub", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), 0o600)
}
