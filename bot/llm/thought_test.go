package llm_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"replydesk/bot"
	"replydesk/bot/llm/llmtest"
)

// What a model thinks is not its answer, in whatever pieces it comes.
func TestThoughtsAreNotTheAnswer(t *testing.T) {
	const answer = "请携带身份证办理[1]。"
	for name, said := range map[string]string{
		"before it":             "<think>用户问居住证，\n条目1 < 条目2 </thin 可以用。</think>\n\n" + answer,
		"after a blank":         " \n<think>想</think>" + answer,
		"empty":                 "<think>\n\n</think>\n\n" + answer,
		"in capitals":           "<THINK>想</Think>" + answer,
		"twice":                 "<think>想</think>\n<think>再想</think>" + answer,
		"none":                  answer,
		"its opening left away": "想一想。</think>\n" + answer,
	} {
		for _, size := range []int{1, 2, 5, 1000} {
			var parts []string
			for runes := []rune(said); len(runes) > 0; {
				n := min(size, len(runes))
				parts, runes = append(parts, string(runes[:n])), runes[n:]
			}
			var shown strings.Builder
			server := llmtest.New(t, llmtest.Says(parts...))
			got, err := chat(server.URL, long).Complete(t.Context(), bot.Prompt{User: "x"}, func(piece string) { shown.WriteString(piece) })
			if err != nil || got.Text != answer {
				t.Errorf("%s in pieces of %d: %q, %v", name, size, got.Text, err)
			}
			if name != "its opening left away" && shown.String() != answer {
				t.Errorf("%s in pieces of %d: shown %q", name, size, shown.String())
			}
		}
	}
	for name, said := range map[string]string{"a thought without an end": "<think>想一想，请携带身份证办理[1]", "nothing but a thought": "<think>想</think>\n"} {
		server := llmtest.New(t, llmtest.Says(said))
		var shown strings.Builder
		got, err := chat(server.URL, long).Complete(t.Context(), bot.Prompt{User: "x"}, func(piece string) { shown.WriteString(piece) })
		if fault, _ := bot.FaultOf(err); fault != bot.ModelCut || got.Text != "" || shown.String() != "" {
			t.Errorf("%s: %q, shown %q, %v", name, got.Text, shown.String(), err)
		}
	}
	server := llmtest.New(t, llmtest.Says("<th", "是表头标签"))
	if got, err := chat(server.URL, long).Complete(t.Context(), bot.Prompt{User: "x"}, nil); err != nil || got.Text != "<th是表头标签" {
		t.Errorf("what only begins like a thought: %q, %v", got.Text, err)
	}
}

// Where thoughts have a field of their own, that is not read.
func TestReasoningContentIsNotRead(t *testing.T) {
	server := llmtest.New(t, func(w http.ResponseWriter, _ *http.Request, _ llmtest.Asked) {
		llmtest.Begin(w)
		for _, thought := range []string{"想一想", "再想一想"} {
			_, _ = io.WriteString(w, fmt.Sprintf("data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":%q}}]}\n\n", thought))
		}
		llmtest.Piece(w, "请到窗口办理")
		llmtest.End(w, "stop", 1, 1)
	})
	var shown strings.Builder
	got, err := chat(server.URL, long).Complete(t.Context(), bot.Prompt{User: "x"}, func(piece string) { shown.WriteString(piece) })
	if err != nil || got.Text != "请到窗口办理" || shown.String() != got.Text {
		t.Errorf("got %q, shown %q, %v", got.Text, shown.String(), err)
	}
}
