package config

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a text that no log, error, JSON document or fmt verb shows: each
// prints "[redacted]", or nothing when it is empty. Only Reveal gives it away.
//
// The text sits behind a pointer because fmt calls no methods on unexported
// fields: a plain string would be printed with the struct around it. For the
// same reason compare with Reveal or reflect.DeepEqual, not with ==.
type Secret struct{ text *string }

// NewSecret wraps text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text itself, for the one place that needs it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsSet reports whether the secret has a text.
func (s Secret) IsSet() bool { return s.text != nil }

// String returns "[redacted]", or "" for an empty secret.
func (s Secret) String() string {
	if s.text == nil {
		return ""
	}
	return redacted
}

// GoString is String, for %#v.
func (s Secret) GoString() string { return s.String() }

// Format writes String for every verb, also those that skip Stringer (%d, %p).
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue is String, for slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is String, for JSON, YAML and XML encoders and for map keys.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON is String as a JSON string.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// KeySize is the length of the key that SecretKey holds, in bytes.
const KeySize = 32

// ParseKey decodes a SecretKey: 32 bytes as 64 hexadecimal digits or as base64
// (standard or URL alphabet, padded or not). An empty secret gives nil. The error
// never repeats the text.
func ParseKey(s Secret) ([]byte, error) {
	if !s.IsSet() {
		return nil, nil
	}
	text := s.Reveal()
	decoders := []func(string) ([]byte, error){
		hex.DecodeString,
		base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString,
		base64.URLEncoding.DecodeString, base64.RawURLEncoding.DecodeString,
	}
	for _, decode := range decoders {
		if key, err := decode(text); err == nil && len(key) == KeySize {
			return key, nil
		}
	}
	return nil, fmt.Errorf("want %d bytes as hexadecimal or base64", KeySize)
}
