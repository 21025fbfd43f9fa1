// Package llmtest is an OpenAI-compatible endpoint that plays a script: what it
// streams, how it fails, and what it was asked.
package llmtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Play is how the server answers a request. It may write anything, stall until
// the request's context ends, or break the connection.
type Play func(w http.ResponseWriter, r *http.Request, asked Asked)

// Asked is a chat request as it arrived.
type Asked struct {
	Model    string `json:"model"`
	Stream   bool   `json:"stream"`
	Messages []struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	} `json:"messages"`
	MaxTokens           int     `json:"max_tokens"`
	MaxCompletionTokens int     `json:"max_completion_tokens"`
	Temperature         float64 `json:"temperature"`
	Raw                 string  `json:"-"` // the body as it came
	Authorization       string  `json:"-"`
}

// Server is a running endpoint.
type Server struct {
	URL string // the base URL, with /v1

	mu    sync.Mutex
	play  Play
	asked []Asked
}

// New starts a server that ends with the test.
func New(t testing.TB, play Play) *Server {
	t.Helper()
	s := &Server{play: play}
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	s.URL = server.URL + "/v1"
	return s
}

// Play changes what the server does from now on.
func (s *Server) Play(play Play) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.play = play
}

// Asked returns the requests so far.
func (s *Server) Asked() []Asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Asked(nil), s.asked...)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
	if err != nil {
		return
	}
	var asked Asked
	if err := json.Unmarshal(body, &asked); err != nil {
		http.Error(w, "not JSON", http.StatusBadRequest)
		return
	}
	asked.Raw, asked.Authorization = string(body), r.Header.Get("Authorization")
	s.mu.Lock()
	s.asked = append(s.asked, asked)
	play := s.play
	s.mu.Unlock()
	play(w, r, asked)
}

// Says streams the pieces, tells the usage and ends as an answer should.
func Says(pieces ...string) Play {
	return func(w http.ResponseWriter, _ *http.Request, _ Asked) {
		Begin(w)
		for _, piece := range pieces {
			Piece(w, piece)
		}
		End(w, "stop", 100, 20)
	}
}

// Fails answers with a status and an error body as the standard has it.
func Fails(status int, header ...string) Play {
	return func(w http.ResponseWriter, _ *http.Request, _ Asked) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"error":{"message":"refused","type":"test","code":%d}}`, status)
	}
}

// Stalls streams the pieces and then nothing more, until the client gives up.
func Stalls(pieces ...string) Play {
	return func(w http.ResponseWriter, r *http.Request, _ Asked) {
		Begin(w)
		for _, piece := range pieces {
			Piece(w, piece)
		}
		<-r.Context().Done()
	}
}

// Breaks streams the pieces and cuts the connection.
func Breaks(pieces ...string) Play {
	return func(w http.ResponseWriter, _ *http.Request, _ Asked) {
		Begin(w)
		for _, piece := range pieces {
			Piece(w, piece)
		}
		panic(http.ErrAbortHandler)
	}
}

// Begin opens a stream.
func Begin(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	flush(w)
}

// Piece streams one piece of the answer.
func Piece(w http.ResponseWriter, text string) {
	content, _ := json.Marshal(text)
	line(w, fmt.Sprintf(`{"choices":[{"index":0,"delta":{"content":%s},"finish_reason":null}]}`, content))
}

// End tells why the answer ended, and what it cost.
func End(w http.ResponseWriter, reason string, tokensIn, tokensOut int) {
	line(w, fmt.Sprintf(`{"choices":[{"index":0,"delta":{},"finish_reason":%q}]}`, reason))
	line(w, fmt.Sprintf(`{"choices":[],"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}`, tokensIn, tokensOut, tokensIn+tokensOut))
	line(w, "[DONE]")
}

func line(w http.ResponseWriter, data string) {
	_, _ = io.WriteString(w, "data: "+strings.ReplaceAll(data, "\n", " ")+"\n\n")
	flush(w)
}

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}
