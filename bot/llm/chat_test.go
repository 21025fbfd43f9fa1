package llm_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"replydesk/bot"
	"replydesk/bot/llm"
	"replydesk/bot/llm/llmtest"
)

// A long time for what must come, a short one for what must not.
const (
	long  = 20 * time.Second
	short = 60 * time.Millisecond
)

func chat(url string, stall time.Duration) *llm.Chat {
	return llm.NewChat(llm.Options{BaseURL: url, APIKey: "sk-not-a-real-key", Model: "test-model", Whole: long, Stall: stall})
}

func TestComplete(t *testing.T) {
	server := llmtest.New(t, llmtest.Says("请携带", "身份证", "办理。"))
	var pieces []string
	got, err := chat(server.URL, long).Complete(t.Context(), bot.Prompt{System: "规则", User: "问题", MaxTokens: 300},
		func(piece string) { pieces = append(pieces, piece) })
	if err != nil {
		t.Fatal(err)
	}
	if want := (bot.Completion{Text: "请携带身份证办理。", TokensIn: 100, TokensOut: 20}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if strings.Join(pieces, "|") != "请携带|身份证|办理。" {
		t.Errorf("pieces: %q", pieces)
	}
	asked := server.Asked()[0]
	if asked.Model != "test-model" || !asked.Stream || asked.MaxTokens != 300 || asked.Temperature == 0 || asked.Authorization != "Bearer sk-not-a-real-key" {
		t.Errorf("asked: %+v", asked)
	}
	if len(asked.Messages) != 2 || asked.Messages[0].Role != "system" || asked.Messages[0].Content != "规则" || asked.Messages[1].Content != "问题" {
		t.Errorf("messages: %+v", asked.Messages)
	}
}

func TestReasoningModels(t *testing.T) {
	server := llmtest.New(t, llmtest.Says("好"))
	c := llm.NewChat(llm.Options{BaseURL: server.URL + "/", Model: "o4-mini", Whole: long, Stall: long})
	if _, err := c.Complete(t.Context(), bot.Prompt{User: "x", MaxTokens: 9}, nil); err != nil {
		t.Fatal(err)
	}
	if asked := server.Asked()[0]; asked.MaxCompletionTokens != 9 || asked.MaxTokens != 0 || asked.Temperature != 0 {
		t.Errorf("asked: %+v", asked)
	}
}

// Each way to fail has its own name, and none tells the key or the prompt.
func TestFaults(t *testing.T) {
	plain := func(status int, body string) llmtest.Play {
		return func(w http.ResponseWriter, _ *http.Request, _ llmtest.Asked) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	ends := func(reason string) llmtest.Play {
		return func(w http.ResponseWriter, _ *http.Request, _ llmtest.Asked) {
			llmtest.Begin(w)
			llmtest.Piece(w, "一半")
			llmtest.End(w, reason, 1, 1)
		}
	}
	stopped := func(w http.ResponseWriter, _ *http.Request, _ llmtest.Asked) {
		llmtest.Begin(w)
		llmtest.Piece(w, "一半") // then a clean end without a reason
	}
	for _, c := range []struct {
		name  string
		play  llmtest.Play
		stall time.Duration
		want  bot.ModelFault
	}{
		{"wrong key", llmtest.Fails(401), long, bot.ModelSettings},
		{"not allowed", llmtest.Fails(403), long, bot.ModelSettings},
		{"no such model", llmtest.Fails(404), long, bot.ModelSettings},
		{"redirect", llmtest.Fails(302, "Location", "http://127.0.0.1:1/"), long, bot.ModelSettings},
		{"too many", llmtest.Fails(429), long, bot.ModelBusy},
		{"bad request", llmtest.Fails(400), long, bot.ModelRefused},
		{"error of its own", llmtest.Fails(500), long, bot.ModelDown},
		{"overloaded", llmtest.Fails(503), long, bot.ModelDown},
		{"error as text", plain(401, `{"error":"bad key"}`), long, bot.ModelSettings},
		{"error page", plain(502, `<html>Bad Gateway</html>`), long, bot.ModelDown},
		{"nothing comes", llmtest.Stalls(), short, bot.ModelStalled},
		{"half of it comes", llmtest.Stalls("一半"), short, bot.ModelStalled},
		{"connection cut", llmtest.Breaks("一半"), long, bot.ModelCut},
		{"stream ends early", stopped, long, bot.ModelCut},
		{"token limit", ends("length"), long, bot.ModelLong},
		{"content filter", ends("content_filter"), long, bot.ModelFiltered},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := llmtest.New(t, c.play)
			got, err := chat(server.URL, c.stall).Complete(t.Context(), bot.Prompt{System: "规则", User: "secret-question"}, nil)
			if fault, ok := bot.FaultOf(err); !ok || fault != c.want {
				t.Fatalf("got %v, want fault %s", err, c.want)
			}
			if got != (bot.Completion{}) {
				t.Errorf("a failed call gave %+v", got)
			}
			if s := err.Error(); strings.Contains(s, "sk-not-a-real-key") || strings.Contains(s, "secret-question") {
				t.Errorf("the error tells too much: %s", s)
			}
		})
	}
	t.Run("unreachable", func(t *testing.T) {
		_, err := chat("http://127.0.0.1:1/v1", long).Complete(t.Context(), bot.Prompt{User: "x"}, nil)
		if fault, _ := bot.FaultOf(err); fault != bot.ModelDown {
			t.Errorf("got %v", err)
		}
	})
	t.Run("when to ask again", func(t *testing.T) {
		server := llmtest.New(t, llmtest.Fails(429, "Retry-After", "17"))
		_, err := chat(server.URL, long).Complete(t.Context(), bot.Prompt{User: "x"}, nil)
		var e *bot.ModelError
		if !errors.As(err, &e) || e.RetryAfter != 17*time.Second {
			t.Errorf("got %v", err)
		}
	})
}

// A stream that runs too long for the whole of a call is not one that says nothing.
func TestSlow(t *testing.T) {
	server := llmtest.New(t, func(w http.ResponseWriter, r *http.Request, _ llmtest.Asked) {
		llmtest.Begin(w)
		for r.Context().Err() == nil {
			llmtest.Piece(w, "好")
		}
	})
	c := llm.NewChat(llm.Options{BaseURL: server.URL, Model: "m", Whole: short, Stall: long})
	_, err := c.Complete(t.Context(), bot.Prompt{User: "x"}, nil)
	if fault, _ := bot.FaultOf(err); fault != bot.ModelSlow {
		t.Errorf("got %v, want fault %s", err, bot.ModelSlow)
	}
}

// A caller that gives up is not the model's fault.
func TestCallerGivesUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := llmtest.New(t, llmtest.Stalls("一半"))
	_, err := chat(server.URL, long).Complete(ctx, bot.Prompt{User: "x"}, func(string) { cancel() })
	if _, isFault := bot.FaultOf(err); isFault || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the caller's cancellation", err)
	}
}
