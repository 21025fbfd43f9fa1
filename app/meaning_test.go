package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"replydesk/faq"
	"replydesk/inbox/desk"
)

// embeddings is an endpoint for which everything about moving house means the
// same.
type embeddings struct {
	mu    sync.Mutex
	texts []string
	dead  bool
}

func (e *embeddings) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Input []string `json:"input"`
	}
	err := json.NewDecoder(r.Body).Decode(&asked)
	e.mu.Lock()
	e.texts = append(e.texts, asked.Input...)
	dead := e.dead
	e.mu.Unlock()
	if err != nil || dead || r.URL.Path != "/v1/embeddings" {
		http.Error(w, "no", http.StatusInternalServerError)
		return
	}
	type vector struct {
		Index     int       `json:"index"`
		Embedding []float32 `json:"embedding"`
	}
	var out struct {
		Data []vector `json:"data"`
	}
	for i, text := range asked.Input {
		v := vector{i, []float32{0, 1}}
		if strings.Contains(text, "户口") || strings.Contains(text, "relocating") {
			v.Embedding = []float32{1, 0}
		}
		out.Data = append(out.Data, v)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out)
}

func (e *embeddings) seen() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return strings.Join(e.texts, "\n")
}

// A desk with an embedding model finds what shares no word with the question,
// shows the model no phone number, and goes on by words when the model dies.
func TestSearchByMeaning(t *testing.T) {
	endpoint := &embeddings{}
	server := httptest.NewServer(endpoint)
	defer server.Close()
	cfg := settings(t, 1)
	cfg.Embed.BaseURL, cfg.Embed.Model = server.URL+"/v1", "test-vectors"
	a := open(t, cfg)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(ctx, ln) }()

	library := `{"code":"HK","question":"户口迁入怎么办","answer":"到派出所"}
{"code":"GJJ","question":"公积金提取","answer":"线上"}`
	if _, err := a.Library.Import(ctx, desk.System(), strings.NewReader(library), faq.ImportOptions{Format: "jsonl", Install: true}); err != nil {
		t.Fatal(err)
	}
	ask := func(message string) []faq.Hit {
		t.Helper()
		for ctx.Err() == nil {
			hits, err := a.Library.Suggest(ctx, desk.System(), message, 3)
			if err == nil && len(hits) > 0 {
				return hits
			}
			if err != nil && desk.CodeOf(err) != desk.Unavailable {
				t.Fatal(err)
			}
		}
		t.Fatalf("%q finds nothing", message)
		return nil
	}
	if hits := ask("relocating, call me at 13800138000"); hits[0].Entry.Code != "HK" || hits[0].Confidence > 0.5 {
		t.Errorf("by meaning: %+v", hits)
	}
	if seen := endpoint.seen(); strings.Contains(seen, "13800138000") || !strings.Contains(seen, "relocating") {
		t.Errorf("the model was shown %q", seen)
	}
	endpoint.mu.Lock()
	endpoint.dead = true
	endpoint.mu.Unlock()
	if hits := ask("公积金怎么提取"); hits[0].Entry.Code != "GJJ" {
		t.Errorf("by words: %+v", hits)
	}
	stop()
	if err := errors.Join(<-ended, a.Close()); err != nil {
		t.Error(err)
	}
}
