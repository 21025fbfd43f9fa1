package fit

import (
	"io"
	"math/rand/v2"
	"testing"

	"replydesk/bot/eval"
	"replydesk/faq"
	"replydesk/faq/text"
)

// made makes questions in which one feature tells the right entry and another
// says the contrary; one in five has no right entry and nothing in common
// with any.
func made(n int) []Sample {
	rng := rand.New(rand.NewPCG(3, 4))
	out := make([]Sample, n)
	for i := range out {
		s := Sample{set: "made", fold: i % 4, Pool: eval.Pool{Question: eval.Question{Kind: "in", Relevant: []string{"x"}}}}
		within := i%5 != 0
		if !within {
			s.Question = eval.Question{Kind: "oos_near"}
		}
		for j := range 8 {
			var f faq.Features
			f[0] = 1 // alike, without which nothing is sure
			f[2], f[3] = rng.Float64()+0.5, rng.Float64()*0.2
			if j == 3 && within {
				f[2], f[3] = f[2]-0.5, f[3]+0.3+rng.Float64()*0.2
			}
			s.Features, s.Right = append(s.Features, f), append(s.Right, j == 3 && within)
		}
		out[i] = s
	}
	weigh(out)
	return out
}

func TestFitFindsWhatTells(t *testing.T) {
	samples := made(800)
	m := Fit(samples)
	if m.Rank[3][0] <= 0 || m.Rank[2][0] >= 0 {
		t.Errorf("weights %v of what tells and %v of what misleads", m.Rank[3][0], m.Rank[2][0])
	}
	if again := Fit(samples); *again != *m {
		t.Error("fitting twice gives other weights")
	}
	rows := HeldOut(samples, []float64{0.5, 0.9})
	if len(rows) != 1 {
		t.Fatalf("rows %v", rows)
	}
	r := rows[0]
	if r.Set != "made" || r.Recall1 < 0.97 || r.Recall5 < r.Recall1 || r.MRR < r.Recall1 || r.NDCG < r.Recall1 || r.NDCG > 1.0001 {
		t.Errorf("ranking %+v", r)
	}
	if low, high := r.Decisions[0], r.Decisions[1]; low.Precision < 0.95 || low.Share < 0.9 || low.Near > 0.1 || high.Share > low.Share || high.Near > low.Near {
		t.Errorf("decisions %+v", r.Decisions)
	}
}

func TestLoad(t *testing.T) {
	lex, err := text.Default()
	if err != nil {
		t.Fatal(err)
	}
	samples, err := Load(t.Context(), "../testdata", lex, io.Discard)
	if err != nil || len(samples) != 7 || samples[0].set != "small" || len(samples[0].Features) == 0 || len(samples[0].Features) != len(samples[0].Right) {
		t.Fatalf("%d samples, %v", len(samples), err)
	}
	if _, err := Load(t.Context(), t.TempDir(), lex, io.Discard); err == nil {
		t.Error("a folder without sets is no error")
	}
}
