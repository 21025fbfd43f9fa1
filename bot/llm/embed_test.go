package llm_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"replydesk/bot"
	"replydesk/bot/llm"
	"replydesk/bot/llm/llmtest"
)

func embedder(url string) *llm.Embedder {
	return llm.NewEmbedder(llm.Options{BaseURL: url, APIKey: "test-key", Model: "vectors-1", Whole: 200 * time.Millisecond})
}

func sends(body string) llmtest.Play {
	return func(w http.ResponseWriter, _ *http.Request, _ llmtest.Asked) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, body)
	}
}

func TestEmbed(t *testing.T) {
	server := llmtest.New(t, sends(`{"object":"list","model":"vectors-1","data":[
		{"object":"embedding","index":1,"embedding":[0.5,-1]},{"object":"embedding","index":0,"embedding":[1,2]}]}`))
	got, err := embedder(server.URL).Embed(t.Context(), []string{"居住证", "公积金"})
	if err != nil || len(got) != 2 || got[0][1] != 2 || got[1][1] != -1 {
		t.Fatalf("vectors %v, %v", got, err)
	}
	asked := server.Asked()[0]
	if asked.Model != "vectors-1" || asked.Authorization != "Bearer test-key" || !strings.Contains(asked.Raw, `["居住证","公积金"]`) {
		t.Errorf("asked %+v", asked)
	}
	if name := embedder(server.URL).Name(); name != "vectors-1" {
		t.Errorf("name %q", name)
	}
}

func TestEmbedFaults(t *testing.T) {
	server := llmtest.New(t, nil)
	for name, tt := range map[string]struct {
		play  llmtest.Play
		want  bot.ModelFault
		after time.Duration
	}{
		"wrong key":      {llmtest.Fails(401), bot.ModelSettings, 0},
		"busy":           {llmtest.Fails(429, "Retry-After", "7"), bot.ModelBusy, 7 * time.Second},
		"broken":         {llmtest.Fails(500), bot.ModelDown, 0},
		"stalls":         {llmtest.Stalls(), bot.ModelStalled, 0},
		"cut":            {llmtest.Breaks(), bot.ModelCut, 0},
		"one is missing": {sends(`{"data":[{"index":0,"embedding":[1]}]}`), bot.ModelCut, 0},
		"wrong place":    {sends(`{"data":[{"index":7,"embedding":[1]}]}`), bot.ModelCut, 0},
		"empty vector":   {sends(`{"data":[{"index":0,"embedding":[]},{"index":1,"embedding":[1]}]}`), bot.ModelCut, 0},
		"no JSON":        {sends(`<html>`), bot.ModelDown, 0},
	} {
		server.Play(tt.play)
		_, err := embedder(server.URL).Embed(t.Context(), []string{"居住证", "公积金"})
		if fault, ok := bot.FaultOf(err); !ok || fault != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
		var wait interface{ RetryAfter() time.Duration }
		if errors.As(err, &wait) != (tt.after > 0) || wait != nil && wait.RetryAfter() != tt.after {
			t.Errorf("%s: asks to wait %v, want %v", name, wait, tt.after)
		}
		if err != nil && (strings.Contains(err.Error(), "居住证") || strings.Contains(err.Error(), "test-key")) {
			t.Errorf("%s: error %q tells too much", name, err)
		}
	}
	server.Play(llmtest.Stalls())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := embedder(server.URL).Embed(ctx, []string{"居住证"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the caller's own deadline: %v", err)
	}
}
