package auth

import (
	"context"
	"strings"
	"testing"

	"replydesk/inbox/desk"
)

func TestHash(t *testing.T) {
	h := newHasher(owasp())
	encoded, err := h.hash(t.Context(), "correct horse 42")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(encoded, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the hash is %q, want OWASP's parameters in PHC form", encoded)
	}
	again, err := h.hash(t.Context(), "correct horse 42")
	if err != nil {
		t.Fatal(err)
	}
	if encoded == again {
		t.Error("two hashes of one password are the same: there is no salt")
	}
	for word, want := range map[string]bool{"correct horse 42": true, "Correct horse 42": false, "": false} {
		if got, err := h.matches(encoded, word); err != nil || got != want {
			t.Errorf("matches(%q) = %v, %v, want %v", word, got, err, want)
		}
	}
}

func TestHashOfOtherCost(t *testing.T) {
	old := newHasher(cost{memory: 64, passes: 1, threads: 2})
	encoded, err := old.hash(t.Context(), "correct horse 42")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := newHasher(owasp()).matches(encoded, "correct horse 42"); err != nil || !ok {
		t.Errorf("a hash with other parameters: %v, %v, want a match", ok, err)
	}
}

func TestHashQueueIsBounded(t *testing.T) {
	h := newHasher(owasp())
	for range maxHashing {
		if err := h.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	errs := make(chan error)
	for range maxWaiting + 1 {
		go func() { errs <- h.enter(ctx) }()
	}
	if err := <-errs; desk.CodeOf(err) != desk.Unavailable {
		t.Errorf("the queue's end got %v, want unavailable", err)
	}
	cancel()
	for range maxWaiting {
		if err := <-errs; err == nil {
			t.Error("a cancelled wait got a turn")
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(owasp(), make([]byte, saltBytes), make([]byte, hashBytes)))
	f.Add("$argon2id$v=19$m=0,t=0,p=0$$")
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		c, salt, hash, err := decode(text)
		if err != nil {
			return
		}
		if c.memory == 0 || c.memory > 1<<20 || c.passes == 0 || c.threads == 0 || len(salt) < 8 || len(hash) < 16 {
			t.Errorf("%q was read as %+v", text, c)
		}
	})
}
