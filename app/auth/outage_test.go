package auth_test

import (
	"log/slog"
	"os"
	"testing"

	"replydesk/app/auth"
	"replydesk/app/kv"
	"replydesk/app/kv/kvtest"
	"replydesk/inbox/desk"
)

// TestSignInWithoutRedis: people sign in and wrong passwords are counted while
// the server of the shared state is gone.
func TestSignInWithoutRedis(t *testing.T) {
	url := os.Getenv("DESK_TEST_REDIS_URL")
	if url == "" {
		t.Fatal("DESK_TEST_REDIS_URL is not set: start a Redis for the tests and name it there, as make test does.")
	}
	each(t, func(t *testing.T, w *world) {
		w.user(t, "xiaoli", desk.Staff)
		cut := kvtest.NewCutter(t, url)
		redis, err := kv.NewRedis(t.Context(), cut.URL)
		must(t, err)
		shared := kv.NewSteady(redis, w.now, slog.New(slog.DiscardHandler))
		t.Cleanup(func() { _ = shared.Close() })
		node := w.node(t, shared)

		cut.Off()
		right := auth.Credentials{Username: "xiaoli", Password: password, Address: "192.0.2.77"}
		wrong := right
		wrong.Password = "wrong horse 43"
		cookie, _, err := node.SignIn(t.Context(), right)
		must(t, err)
		_, err = node.BySession(t.Context(), cookie)
		must(t, err)
		for range 10 {
			_, _, err := node.SignIn(t.Context(), wrong)
			code(t, err, desk.Unauthenticated)
		}
		_, _, err = node.SignIn(t.Context(), right)
		code(t, err, desk.RateLimited)
	})
}
