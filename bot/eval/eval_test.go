package eval_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"replydesk/bot"
	"replydesk/bot/eval"
	"replydesk/faq"
	"replydesk/faq/text"
)

// Four questions are in the library: two are answered right, for one the label
// says that the answer given is wrong, for one nothing is found. Of the three
// outside one is answered all the same.
func TestFigures(t *testing.T) {
	lex, err := text.Default()
	if err != nil {
		t.Fatal(err)
	}
	model, err := faq.DefaultModel()
	if err != nil {
		t.Fatal(err)
	}
	var outcomes []eval.Outcome
	r, err := eval.Measure(t.Context(), eval.Options{
		Dir: "testdata/small", Lexicon: lex, Model: model, Thresholds: bot.DefaultThresholds(),
		Each: func(o eval.Outcome) { outcomes = append(outcomes, o) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Entries != 6 || r.Queries != 7 || r.InScope != 4 || r.Answered != 4 || r.AnsweredRight != 2 || len(outcomes) != 7 {
		t.Errorf("counts %+v of %d outcomes", r, len(outcomes))
	}
	rank := float64(outcomes[2].Rank) // of A behind C
	if rank < 2 {
		t.Fatalf("wrongly labelled question finds its label at %v", rank)
	}
	for name, figure := range map[string]struct{ got, want float64 }{
		"recall@1":  {r.RecallAt1, 0.5},
		"recall@5":  {r.RecallAt5, 0.75},
		"mrr":       {r.MRRAt10, (2 + 1/rank) / 4},
		"ndcg":      {r.NDCGAt10, (2 + 1/math.Log2(rank+1)) / 4},
		"precision": {r.AnswerPrecision, 0.5},
		"share":     {r.AnsweredShare, 0.5},
		"near":      {r.FalseAnswers.Near, 0.5},
		"far":       {r.FalseAnswers.Far, 0},
	} {
		if math.Abs(figure.got-figure.want) > 1e-4 {
			t.Errorf("%s = %v, want %v", name, figure.got, figure.want)
		}
	}
	if r.LatencyMS.P50 <= 0 || r.LatencyMS.P99 < r.LatencyMS.P50 || r.BuildSeconds <= 0 {
		t.Errorf("times %+v, built in %v", r.LatencyMS, r.BuildSeconds)
	}
	if !strings.Contains(r.String(), "precision 0.500") {
		t.Errorf("report for people:\n%s", r)
	}
}

// Names are read by others.
func TestNames(t *testing.T) {
	out, err := json.Marshal(eval.Report{})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"entries":0,"queries":0,"in_scope":0,"recall_at_1":0,"recall_at_5":0,"mrr_at_10":0,"ndcg_at_10":0,` +
		`"answered":0,"answered_right":0,"answer_precision":0,"answered_share":0,"false_answers":{"near":0,"far":0},` +
		`"latency_ms":{"p50":0,"p99":0},"build_seconds":0}`
	if string(out) != want {
		t.Errorf("report is %s\nwant %s", out, want)
	}
}

func TestBrokenSets(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"empty folder": {},
		"no questions": {"library.jsonl": "{}"},
		"broken line":  {"library.jsonl": "{}\n{", "queries.jsonl": ""},
	} {
		dir := t.TempDir()
		for file, content := range files {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := eval.Run(t.Context(), dir); err == nil || !strings.Contains(err.Error(), ".jsonl") {
			t.Errorf("%s: %v, want an error that names the file", name, err)
		}
	}
}

// dataEnv names the folder of the public evaluation sets; all of them are
// measured when it is set, and a part of the main one when they lie beside the
// checkout.
const dataEnv = "DESK_EVAL_DATA"

func TestPublicSets(t *testing.T) {
	sets := []struct {
		name                         string
		recall1, recall5, mrr        float64
		precision, share, nearAtMost float64
	}{
		{"zh-law-1k", 0.984, 0.997, 0.99, 0.97, 0.82, 0.04},
		{"zh-law-10k", 0.89, 0.985, 0.93, 0.885, 0.5, 0.25},
		{"zh-epidemic-6k", 0.73, 0.915, 0.81, 0.95, 0.4, 1},
		{"zh-general-3k", 0.885, 0.992, 0.935, 0.96, 0.65, 1},
		{"zh-gov-letters", 0.94, 0.983, 0.96, 0.96, 0.74, 0.12},
		{"zht-gov-taipei", 0.61, 0.82, 0.70, 0.75, 0.05, 0.12},
		{"en-stackfaq", 0.78, 0.865, 0.82, 0.92, 0.4, 1},
		{"en-banking77", 0.73, 0.92, 0.81, 0.94, 0.4, 1},
	}
	lex, err := text.Default()
	if err != nil {
		t.Fatal(err)
	}
	model, err := faq.DefaultModel()
	if err != nil {
		t.Fatal(err)
	}
	root, step := os.Getenv(dataEnv), 1
	if root == "" {
		root = "../../../shared/data/faq"
		sets, step = sets[:1], 5
	}
	if _, err := os.Stat(root); err != nil {
		t.Skipf("the public evaluation sets are not part of the repository and not at %s: set %s to their folder to measure search", root, dataEnv)
	}
	for _, set := range sets {
		t.Run(set.name, func(t *testing.T) {
			r, err := eval.Measure(t.Context(), eval.Options{
				Dir: filepath.Join(root, set.name), Lexicon: lex, Model: model, Thresholds: bot.DefaultThresholds(), Step: step,
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("\n%s", r)
			for name, figure := range map[string][2]float64{
				"recall@1": {r.RecallAt1, set.recall1}, "recall@5": {r.RecallAt5, set.recall5}, "mrr@10": {r.MRRAt10, set.mrr},
				"precision": {r.AnswerPrecision, set.precision}, "share": {r.AnsweredShare, set.share},
			} {
				if figure[0] < figure[1] {
					t.Errorf("%s is %.3f, want at least %.3f", name, figure[0], figure[1])
				}
			}
			if r.FalseAnswers.Far >= 0.01 {
				t.Errorf("%.3f of far questions answered", r.FalseAnswers.Far)
			}
			if r.FalseAnswers.Near > set.nearAtMost {
				t.Errorf("%.3f of near questions answered, want at most %.3f", r.FalseAnswers.Near, set.nearAtMost)
			}
		})
	}
}
