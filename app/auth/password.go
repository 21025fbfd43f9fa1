package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"replydesk/inbox/desk"
)

// Bounds of a password: characters at least, bytes at most.
const (
	minPassword = 10
	maxPassword = 256
)

// cost is what one hash costs; the first recommendation of OWASP's password
// storage sheet.
type cost struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

func owasp() cost { return cost{memory: 19 * 1024, passes: 2, threads: 1} }

const (
	saltBytes = 16
	hashBytes = 32
)

// CheckPassword says what is wrong with a new password, as Invalid about the
// named field.
func CheckPassword(field, username, password string) error {
	switch {
	case password != "" && strings.TrimSpace(password) == "":
		return desk.InvalidField(field, "密码不能只有空格")
	case utf8.RuneCountInString(password) < minPassword:
		return desk.InvalidField(field, "密码至少 %d 个字符", minPassword)
	case len(password) > maxPassword:
		return desk.InvalidField(field, "密码最多 %d 字节", maxPassword)
	case strings.EqualFold(password, username):
		return desk.InvalidField(field, "密码不能与用户名相同")
	}
	return nil
}

// hasher hashes few passwords at a time: each takes 19 MiB and a processor.
type hasher struct {
	cost    cost
	slots   chan struct{}
	waiting atomic.Int64
	done    atomic.Int64 // hashes computed since the start
}

// Hashes is how many password hashes were computed since the start, for the
// metrics page.
func (s *Service) Hashes() int64 { return s.hasher.done.Load() }

// Bounds of hashing at the same time, and of those who wait for it.
const (
	maxHashing = 2
	maxWaiting = 64
)

func newHasher(c cost) *hasher { return &hasher{cost: c, slots: make(chan struct{}, maxHashing)} }

// enter waits for a turn to hash; leave ends it.
func (h *hasher) enter(ctx context.Context) error {
	if h.waiting.Add(1) > maxWaiting {
		h.waiting.Add(-1)
		return desk.Errorf(desk.Unavailable, "登录请求过多，请稍后再试")
	}
	defer h.waiting.Add(-1)
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *hasher) leave() { <-h.slots }

// hash returns the encoded hash of a password. It waits for its turn.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	return encode(h.cost, salt, h.derive(h.cost, password, salt, hashBytes)), nil
}

// matches compares a password with an encoded hash. The caller has entered.
// With encoded "" it takes as long and answers no, so that a name that is not
// there takes as long as a wrong password.
func (h *hasher) matches(encoded, password string) (bool, error) {
	if encoded == "" {
		h.derive(h.cost, password, make([]byte, saltBytes), hashBytes)
		return false, nil
	}
	c, salt, want, err := decode(encoded)
	if err != nil {
		return false, err
	}
	got := h.derive(c, password, salt, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

func (h *hasher) derive(c cost, password string, salt []byte, size uint32) []byte {
	h.done.Add(1)
	return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.threads, size)
}

// phc is the common text form of a hash: "$argon2id$v=19$m=19456,t=2,p=1$salt$hash".
const phc = "$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s"

func encode(c cost, salt, hash []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf(phc, argon2.Version, c.memory, c.passes, c.threads, b64.EncodeToString(salt), b64.EncodeToString(hash))
}

func decode(encoded string) (c cost, salt, hash []byte, err error) {
	bad := errors.New("stored password hash is not readable")
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return c, nil, nil, bad
	}
	var version int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return c, nil, nil, bad
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.threads); err != nil {
		return c, nil, nil, bad
	}
	const most = 1 << 20 // KiB: 1 GiB, far above what anybody configures
	if c.memory == 0 || c.memory > most || c.passes == 0 || c.passes > 64 || c.threads == 0 {
		return c, nil, nil, bad
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	hash, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(salt) < 8 || len(hash) < 16 || len(hash) > 128 {
		return c, nil, nil, bad
	}
	return c, salt, hash, nil
}
