// Package seal encrypts what must not lie readable in the database: the
// secrets of platform accounts. AES-256-GCM with a random nonce; what it seals
// names the place it belongs to, so that it cannot be moved elsewhere.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// KeySize is the length of the key in bytes.
const KeySize = 32

// version is the first byte of everything sealed, for a later change of method.
const version = 1

// Box seals and opens with one key. It is safe for concurrent use.
type Box struct{ aead cipher.AEAD }

// New returns a Box for a key of KeySize bytes.
func New(key []byte) (*Box, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("secret key: want %d bytes, have %d", KeySize, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Box{aead}, nil
}

// Seal encrypts plain for the named place.
func (b *Box) Seal(place string, plain []byte) []byte {
	return b.aead.Seal([]byte{version}, nil, plain, []byte(place))
}

// Open decrypts what was sealed for the named place. It fails when the key is
// another one or the bytes were changed or moved.
func (b *Box) Open(place string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != version {
		return nil, errors.New("sealed value: unknown format")
	}
	plain, err := b.aead.Open(nil, nil, sealed[1:], []byte(place))
	if err != nil {
		return nil, errors.New("sealed value: wrong secret key, or it was changed")
	}
	return plain, nil
}

// Derive returns a key of its own for a purpose, from which the secret key cannot
// be found.
func Derive(key []byte, purpose string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(purpose))
	return h.Sum(nil)
}

// Key reads the key file in the data folder, or makes a key when there is none.
// keep writes a new key to its file (readable by its owner only); it must be
// called before anything is sealed, and when the database turns out to need
// another key it must not. Whoever loses the file loses the platform secrets in
// the database.
func Key(dataDir string) (key []byte, keep func() error, err error) {
	key, err = Read(dataDir)
	if err == nil {
		return key, func() error { return nil }, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, nil, err
	}
	key = make([]byte, KeySize)
	if _, err := rand.Read(key); err != nil {
		return nil, nil, err
	}
	return key, func() error { return Write(dataDir, key) }, nil
}

func keyFile(dataDir string) string { return filepath.Join(dataDir, "secret.key") }

// Read reads the key file in the data folder; os.ErrNotExist when there is none.
func Read(dataDir string) ([]byte, error) {
	path := keyFile(dataDir)
	key, err := os.ReadFile(path)
	if err == nil && len(key) != KeySize {
		return nil, fmt.Errorf("%s: want %d bytes, have %d", path, KeySize, len(key))
	}
	return key, err
}

// Write writes the key file, which must not be there yet.
func Write(dataDir string, key []byte) error {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return err
	}
	return writeNew(keyFile(dataDir), key)
}

// writeNew writes a file that must not exist and brings it to the disk.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}
