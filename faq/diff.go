package faq

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"replydesk/inbox/desk"
)

// field is one field of a content as text.
type field struct{ name, text string }

// fields lists what an editor writes, in the order of the form. Similar
// questions stand one on a line; they hold no line breaks themselves.
func (c Content) fields() []field {
	return []field{
		{"question", c.Question}, {"similar_questions", strings.Join(c.Similar, "\n")}, {"answer", c.Answer},
		{"category", c.Category}, {"department", c.Department}, {"document_number", c.DocumentNumber},
		{"service_link", c.ServiceLink}, {"valid_from", string(c.ValidFrom)}, {"valid_to", string(c.ValidTo)}, {"code", c.Code},
	}
}

// DiffOp says of a part of a text whether both sides have it.
type DiffOp string

// The three kinds of parts.
const (
	Same    DiffOp = "same"
	Removed DiffOp = "removed" // only before
	Added   DiffOp = "added"   // only after
)

// DiffPart is a stretch of a text.
type DiffPart struct {
	Op   DiffOp
	Text string
}

// FieldDiff is how one field became another text. The parts that are the same
// or removed make up the text before, those the same or added the text after.
type FieldDiff struct {
	Field string
	Parts []DiffPart
}

// Diff compares two contents field by field, by characters, numbers and Latin
// words, or by whole questions for the similar ones. Fields that say the same are left out.
func Diff(before, after Content) []FieldDiff {
	var out []FieldDiff
	was, is := before.fields(), after.fields()
	for i := range is {
		if was[i].text == is[i].text {
			continue
		}
		split := pieces
		if is[i].name == "similar_questions" {
			split = eachLine
		}
		out = append(out, FieldDiff{Field: is[i].name, Parts: diff(split(was[i].text), split(is[i].text))})
	}
	return out
}

// pieces cuts a text into characters, but keeps numbers and Latin words whole:
// 24 that becomes 12 is another number, not a 1 more and a 4 less.
func pieces(s string) []string {
	var out []string
	whole := false
	for _, r := range s {
		word := r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
		if word && whole {
			out[len(out)-1] += string(r)
		} else {
			out = append(out, string(r))
		}
		whole = word
	}
	return out
}

// eachLine cuts a text into lines with their ends.
func eachLine(s string) []string {
	if s == "" {
		return nil
	}
	return strings.SplitAfter(s+"\n", "\n")[:strings.Count(s, "\n")+1]
}

// maxEdits bounds the work of one comparison. Texts further apart are shown as
// one text in the place of the other: nobody reads such a diff by characters.
const maxEdits = 1000

// DiffText tells how one text became another.
func DiffText(a, b string) []DiffPart { return diff(pieces(a), pieces(b)) }

// diff finds the shortest way from a to b (Myers, "An O(ND) Difference
// Algorithm", 1986).
func diff(a, b []string) []DiffPart {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var d differ
	d.add(Same, a[:head])
	d.middle(a[head:len(a)-tail], b[head:len(b)-tail])
	d.add(Same, a[len(a)-tail:])
	return d.parts
}

// differ collects parts, neighbours of a kind as one.
type differ struct{ parts []DiffPart }

func (d *differ) add(op DiffOp, pieces []string) {
	text := strings.Join(pieces, "")
	if text == "" {
		return
	}
	if n := len(d.parts); n > 0 && d.parts[n-1].Op == op {
		d.parts[n-1].Text += text
		return
	}
	d.parts = append(d.parts, DiffPart{op, text})
}

func (d *differ) middle(a, b []string) {
	walked := walk(a, b)
	if walked == nil {
		d.add(Removed, a)
		d.add(Added, b)
		return
	}
	var back differ // from the end, pieces one by one
	x, y := len(a), len(b)
	one := func(op DiffOp, piece string) { back.parts = append(back.parts, DiffPart{op, piece}) }
	for n := len(walked) - 1; n > 0; n-- {
		px, down := walked[n-1].step(x-y, len(a), len(b))
		for x > px {
			x, y = x-1, y-1
			one(Same, a[x])
		}
		if down {
			y--
			one(Added, b[y])
		} else {
			x--
			one(Removed, a[x])
		}
	}
	for x > 0 {
		x--
		one(Same, a[x])
	}
	for _, p := range slices.Backward(back.parts) {
		d.add(p.Op, []string{p.Text})
	}
}

// reached is how far into a one comes with a number of edits, on each diagonal
// (place in a less place in b); -1 where one cannot be.
type reached struct {
	far []int
	mid int // the index of diagonal 0
}

func (r reached) at(k int) int {
	if i := r.mid + k; i >= 0 && i < len(r.far) {
		return r.far[i]
	}
	return -1
}

// step is how far into a one comes on diagonal k with one edit more, and whether
// the edit adds a piece of b. It stays within a's and b's lengths.
func (r reached) step(k, a, b int) (x int, down bool) {
	x = -1
	if right := r.at(k - 1); right >= 0 && right < a {
		x = right + 1
	}
	if below := r.at(k + 1); below >= max(x, 0) && below-k <= b {
		return below, true
	}
	return x, false
}

// walk returns what is reached with 0, 1, 2 … edits, up to the number that leads
// from a to b; nil when that is more than maxEdits.
func walk(a, b []string) []reached {
	slide := func(k, x int) int {
		for x >= 0 && x < len(a) && x-k < len(b) && a[x] == b[x-k] {
			x++
		}
		return x
	}
	walked := []reached{{far: []int{slide(0, 0)}}}
	for n := 1; ; n++ {
		last := walked[n-1]
		if last.at(len(a)-len(b)) == len(a) {
			return walked
		}
		if n > maxEdits {
			return nil
		}
		next := reached{far: make([]int, 2*n+1), mid: n}
		for k := -n; k <= n; k++ {
			next.far[n+k] = -1
			if (n+k)%2 == 0 {
				x, _ := last.step(k, len(a), len(b))
				next.far[n+k] = slide(k, x)
			}
		}
		walked = append(walked, next)
	}
}

// Compare tells what changed from one revision of an entry to another; 0 is its
// open proposal, which is for who may edit. Needs ReadLibrary. A revision
// the actor may not see is NotFound.
func (s *Service) Compare(ctx context.Context, actor desk.Actor, id EntryID, from, to int64) ([]FieldDiff, error) {
	e, err := s.Entry(ctx, actor, id)
	if err != nil {
		return nil, err
	}
	before, err := s.textOf(ctx, actor, e, from)
	if err != nil {
		return nil, err
	}
	after, err := s.textOf(ctx, actor, e, to)
	return Diff(before, after), err
}

func (s *Service) textOf(ctx context.Context, actor desk.Actor, e Entry, revision int64) (Content, error) {
	if revision == 0 {
		if e.Proposal == nil {
			return Content{}, desk.Errorf(desk.NotFound, "没有待发布的修改")
		}
		return e.Proposal.Content, nil
	}
	r, err := s.store.Revision(ctx, e.ID, revision)
	if err == nil && !shows(actor, r.State) {
		return Content{}, desk.Errorf(desk.NotFound, "没有这个版本")
	}
	return r.Content, err
}
