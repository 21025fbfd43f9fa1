package wechat_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// server plays the platform's API: it hands out the tokens "token-1",
// "token-2" … and answers the other calls as the test says.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	fetched int              // tokens handed out
	calls   []call           // other calls, in order
	expires int              // expires_in of tokens
	token   http.HandlerFunc // instead of handing out a token
	answer  http.HandlerFunc
}

// call is a recorded call.
type call struct {
	path, token, host, body, contentType string
}

// serve starts a server; answer gets every call but stable_token.
func serve(t testing.TB, answer http.HandlerFunc) *server {
	t.Helper()
	s := &server{expires: 7200, answer: answer}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if strings.HasSuffix(r.URL.Path, "/cgi-bin/stable_token") {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.fetched++
		want := `{"appid":"` + testApp + `","force_refresh":false,"grant_type":"client_credential","secret":"` + testSecret + `"}`
		switch {
		case s.token != nil:
			s.token(w, r)
		case string(body) != want:
			fmt.Fprintf(w, `{"errcode":40013,"errmsg":"unexpected body"}`)
		default:
			fmt.Fprintf(w, `{"access_token":"token-%d","expires_in":%d}`, s.fetched, s.expires)
		}
		return
	}
	s.mu.Lock()
	s.calls = append(s.calls, call{r.URL.Path, r.URL.Query().Get("access_token"), r.Header.Get("X-Desk-Original-Host"),
		string(body), r.Header.Get("Content-Type")})
	s.mu.Unlock()
	s.answer(w, r)
}

// counts returns how many tokens were fetched and how many other calls came.
func (s *server) counts() (fetched, calls int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fetched, len(s.calls)
}

// last returns the last call that was not for a token.
func (s *server) last() call {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.calls) == 0 {
		return call{}
	}
	return s.calls[len(s.calls)-1]
}

// at makes the test account call the server.
func at(base string) map[string]any { return map[string]any{"api_base": base} }

// says answers with a fixed JSON text.
func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; encoding=utf-8")
		io.WriteString(w, text)
	}
}

// fails answers with a status and a page, as a gateway does.
func fails(status int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, "<html>gateway</html>")
	}
}

// hides checks that a text for people or the log holds no credential.
func hides(t testing.TB, text string) {
	t.Helper()
	for _, secret := range []string{"secret=", "access_token=", "token-1", "token-2", testSecret, testKey, testToken} {
		if strings.Contains(text, secret) {
			t.Errorf("%q holds %q", text, secret)
		}
	}
}
