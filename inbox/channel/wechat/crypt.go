package wechat

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
)

// The platform pads to 32 bytes although an AES block has 16.
const (
	padBlock   = 32
	randomSize = 16
	headSize   = randomSize + 4 // random bytes and the length of the message
	keyLength  = 43             // characters of an EncodingAESKey
)

// Errors of Encrypt and Decrypt. They carry nothing of the payload.
var (
	errKey        = errors.New("the EncodingAESKey must be 43 letters or digits")
	errBase64     = errors.New("the cipher text is not base64")
	errCipherSize = errors.New("the cipher text is empty or no multiple of 32 bytes")
	errPadding    = errors.New("the padding is not 1 to 32")
	errLength     = errors.New("the length field exceeds the plain text")
	errAppID      = errors.New("the message belongs to another app id")
	errTooLarge   = errors.New("the message is too large to encrypt")
)

// Sign returns the platform's signature: the lower-case hex SHA-1 of the parts
// sorted as byte strings and joined. A push is signed over token, timestamp and
// nonce (signature), and over these and the cipher text (msg_signature).
func Sign(parts ...string) string {
	var few [4]string // the usual count stays on the stack
	sorted := append(few[:0], parts...)
	slices.Sort(sorted)
	var short [1024]byte
	joined := short[:0]
	for _, p := range sorted {
		joined = append(joined, p...)
	}
	sum := sha1.Sum(joined)
	var digits [2 * sha1.Size]byte
	hex.Encode(digits[:], sum[:])
	return string(digits[:])
}

// signed reports, in constant time, whether got is the signature of the parts.
func signed(got string, parts ...string) bool {
	return subtle.ConstantTimeCompare([]byte(got), []byte(Sign(parts...))) == 1
}

// Encrypt returns the base64 cipher text of msg for the account. random must be
// fresh for every message. It is what the platform does to a push, and what an
// encrypted passive reply needs.
func Encrypt(random [16]byte, msg []byte, appID, encodingAESKey string) (string, error) {
	key, err := newKey(encodingAESKey)
	if err != nil {
		return "", err
	}
	return key.seal(random, msg, appID)
}

// Decrypt returns the message inside a base64 cipher text. It fails when the
// key is malformed, when padding or length do not hold, and when the message
// was made for another app id. The msg_signature must have been checked before.
func Decrypt(encrypted, appID, encodingAESKey string) ([]byte, error) {
	key, err := newKey(encodingAESKey)
	if err != nil {
		return nil, err
	}
	return key.open(encrypted, appID)
}

// messageKey is a decoded EncodingAESKey, kept for the life of an account. It
// is safe for concurrent use.
type messageKey struct {
	block cipher.Block
	iv    [aes.BlockSize]byte
}

// newKey decodes an EncodingAESKey. Its 43 characters carry 258 bits; the last
// two are ignored, so a strict base64 decoder would refuse good keys.
func newKey(encoded string) (*messageKey, error) {
	if len(encoded) != keyLength || !alphanumeric(encoded) {
		return nil, errKey
	}
	raw, err := base64.StdEncoding.DecodeString(encoded + "=")
	if err != nil || len(raw) != 32 {
		return nil, errKey
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, errKey
	}
	key := &messageKey{block: block}
	copy(key.iv[:], raw) // the platform takes the IV from the key
	return key, nil
}

// seal lays out random, length, message and app id, pads and encrypts.
func (k *messageKey) seal(random [randomSize]byte, msg []byte, appID string) (string, error) {
	if len(msg) > maxBody {
		return "", errTooLarge
	}
	size := headSize + len(msg) + len(appID)
	pad := padBlock - size%padBlock
	plain := make([]byte, 0, size+pad)
	plain = append(plain, random[:]...)
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(msg)))
	plain = append(plain, msg...)
	plain = append(plain, appID...)
	for range pad {
		plain = append(plain, byte(pad))
	}
	cipher.NewCBCEncrypter(k.block, k.iv[:]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain), nil
}

// open decrypts and checks padding, length and app id. The result is a slice
// of a buffer of its own.
func (k *messageKey) open(encrypted, appID string) ([]byte, error) {
	plain, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil {
		return nil, errBase64
	}
	if len(plain) == 0 || len(plain)%padBlock != 0 {
		return nil, errCipherSize
	}
	cipher.NewCBCDecrypter(k.block, k.iv[:]).CryptBlocks(plain, plain)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > padBlock {
		return nil, errPadding
	}
	plain = plain[:len(plain)-pad]
	if len(plain) < headSize {
		return nil, errLength
	}
	rest := plain[headSize:]
	size := uint64(binary.BigEndian.Uint32(plain[randomSize:headSize]))
	if size > uint64(len(rest)) {
		return nil, errLength
	}
	msg, owner := rest[:size:size], rest[size:]
	if subtle.ConstantTimeCompare(owner, []byte(appID)) != 1 {
		return nil, errAppID
	}
	return msg, nil
}

// alphanumeric reports whether s holds ASCII letters and digits only.
func alphanumeric(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// maxBody is the most bytes of a push that are read or made.
const maxBody = 1 << 20
