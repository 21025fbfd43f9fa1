package fit

import (
	"fmt"
	"math"
	"slices"
)

// Row is what was measured of one set.
type Row struct {
	Set                          string
	Recall1, Recall5             float64
	MRR, NDCG                    float64
	Decisions                    []Decision
	inScope, nearAll, farOf, few float64
}

// Decision is what a threshold would give.
type Decision struct {
	Threshold                   float64
	answered, right             float64
	Precision, Share, Near, Far float64
	Few                         float64 // questions answered in libraries of a few entries without the right one
}

// String is the row in a line for the ranking and one for each threshold.
func (r Row) String() string {
	out := fmt.Sprintf("%-16s R@1 %.3f  R@5 %.3f  MRR %.3f  nDCG %.3f\n", r.Set, r.Recall1, r.Recall5, r.MRR, r.NDCG)
	for _, d := range r.Decisions {
		out += fmt.Sprintf("  from %.2f: right %.3f, share %.3f, near %.3f, far %.3f, few %.3f\n", d.Threshold, d.Precision, d.Share, d.Near, d.Far, d.Few/max(r.few, 1))
	}
	return out
}

type table struct{ rows []Row }

func newTable(samples []Sample, thresholds []float64) *table {
	t := &table{}
	for _, s := range samples {
		at := t.row(s.set)
		if at < 0 {
			r := Row{Set: s.set}
			for _, x := range thresholds {
				r.Decisions = append(r.Decisions, Decision{Threshold: x})
			}
			t.rows = append(t.rows, r)
			at = len(t.rows) - 1
		}
		switch s.Question.Kind {
		case "oos_near":
			t.rows[at].nearAll++
		case "oos_far":
			t.rows[at].farOf++
		default:
			t.rows[at].inScope++
		}
	}
	return t
}

func (t *table) row(set string) int {
	return slices.IndexFunc(t.rows, func(r Row) bool { return r.Set == set })
}

// add counts one question with its confidence.
func (t *table) add(h firstHit, sure float64) {
	r := &t.rows[t.row(h.sample.set)]
	if h.small {
		r.addSmall(h, sure)
		return
	}
	near, far := h.sample.Question.Kind == "oos_near", h.sample.Question.Kind == "oos_far"
	if !near && !far {
		ideal := 0.0
		for i := range min(len(h.sample.Question.Relevant), 10) {
			ideal += 1 / math.Log2(float64(i)+2)
		}
		r.NDCG += h.gain / ideal / r.inScope
		if h.rank == 1 {
			r.Recall1 += 1 / r.inScope
		}
		if h.rank >= 1 && h.rank <= 5 {
			r.Recall5 += 1 / r.inScope
		}
		if h.rank >= 1 && h.rank <= 10 {
			r.MRR += 1 / float64(h.rank) / r.inScope
		}
	}
	for i := range r.Decisions {
		d := &r.Decisions[i]
		if sure < d.Threshold {
			continue
		}
		d.answered++
		switch {
		case near:
			d.Near += 1 / r.nearAll
		case far:
			d.Far += 1 / r.farOf
		case h.right:
			d.right++
		}
		d.Precision, d.Share = d.right/d.answered, d.right/r.inScope
	}
}

// addSmall counts a question in a library made small that lacks the answer.
func (r *Row) addSmall(h firstHit, sure float64) {
	if slices.Contains(h.sample.Right, true) {
		return
	}
	r.few++
	for i := range r.Decisions {
		if sure >= r.Decisions[i].Threshold {
			r.Decisions[i].Few++
		}
	}
}
