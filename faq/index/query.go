package index

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	bindex "github.com/blevesearch/bleve_index_api"

	"replydesk/faq"
	"replydesk/faq/text"
)

// What one search may cost: the budgets hold it within some milliseconds
// whatever the size of the library and the length of the question.
const (
	maxTerms       = 64     // terms looked for in one search
	maxLookups     = 384    // terms whose frequency is looked up
	wordingBudget  = 12_000 // postings read to find wordings
	answerBudget   = 6_000  // postings read to find answers
	pairBoost      = 2.0    // a pair says more than a character; ranking weighs again
	documentsAhead = 3      // wordings fetched for each entry asked for
)

// term is one term of a query with how often the index has it.
type term struct {
	field, text string
	single      bool // one Chinese character
	frequency   uint64
	boost       float64
}

// candidates runs both searches of a question on g. The weights it gives are
// asked for later, when g may be closed: count is how many wordings of the index
// in use then a unit occurs in.
func (g *generation) candidates(ctx context.Context, q faq.Question, count func(unit string) uint64) (faq.Candidates, error) {
	r, err := g.reader()
	if err != nil {
		return faq.Candidates{}, err
	}
	defer shut(r)
	all, err := r.DocCount()
	if err != nil {
		return faq.Candidates{}, fmt.Errorf("count the wordings: %w", err)
	}
	docs := max(all, 1)
	out := faq.Candidates{Weight: weigher(docs, count)}
	wordings, err := g.wordingTerms(ctx, r, q)
	if err != nil {
		return out, err
	}
	found, more, err := g.search(ctx, r, cheapest(wordings, wordingBudget), docs, q.Limit*documentsAhead)
	if err != nil {
		return out, err
	}
	answers, err := g.lookup(ctx, r, fieldAnswer, text.AnswerTerms(q.Literal))
	if err != nil {
		return out, err
	}
	inAnswers, moreAnswers, err := g.search(ctx, r, cheapest(telling(answers), answerBudget), docs, q.Limit)
	if err != nil {
		return out, err
	}
	out.Entries = merge(found, inAnswers, q.Limit)
	out.More = more || moreAnswers || len(found) > q.Limit
	weights := make(map[string]float64, len(answers))
	entries := uint64(g.size()) + background
	for _, t := range answers {
		weights[t.text] = idf(t.frequency, entries) / idf(0, entries)
	}
	out.AnswerWeight = func(term string) float64 { return weights[term] }
	return out, nil
}

// background is how many texts are thought to be there beside the library's, so
// that in a library of a few entries no term is common.
const background = 200

// weigher gives the idf of a unit as a share of that of one never seen. A unit
// that cannot be looked up weighs like one never seen; the search itself tells of
// an index that cannot be read.
func weigher(docs uint64, count func(unit string) uint64) func(string) float64 {
	docs += background
	most := idf(0, docs)
	return func(unit string) float64 { return idf(min(count(unit), docs), docs) / most }
}

func (g *generation) count(ctx context.Context, unit string) uint64 {
	g.counts.mu.Lock()
	n, known := g.counts.units[unit]
	g.counts.mu.Unlock()
	if known {
		return n
	}
	r, err := g.reader()
	if err != nil {
		return 0
	}
	defer shut(r)
	n, err = g.counts.of(ctx, r, unit)
	if err != nil {
		return 0
	}
	return n
}

func (g *generation) known(ctx context.Context, pairs []string) ([]bool, error) {
	r, err := g.reader()
	if err != nil {
		return nil, err
	}
	defer shut(r)
	out := make([]bool, len(pairs))
	for i, pair := range pairs {
		for _, field := range []string{fieldPairs, fieldAnswer} {
			n, err := frequency(ctx, r, field, pair)
			if err != nil {
				return nil, fmt.Errorf("look up a pair: %w", err)
			}
			if n > 0 {
				out[i] = true
				break
			}
		}
	}
	return out, nil
}

// wordingTerms lists what to look for among the wordings.
func (g *generation) wordingTerms(ctx context.Context, r bindex.IndexReader, q faq.Question) ([]term, error) {
	var out []term
	seen := map[string]bool{}
	for _, t := range q.Tokens {
		if seen[t.Term] {
			continue
		}
		seen[t.Term] = true
		n, err := g.counts.of(ctx, r, t.Term)
		if err != nil {
			return nil, fmt.Errorf("look up a term: %w", err)
		}
		if n > 0 {
			out = append(out, term{field: fieldUnits, text: t.Term, frequency: n, boost: stopBoost(t)})
		}
	}
	pairs, err := g.lookup(ctx, r, fieldPairs, text.Pairs(q.Tokens))
	if err != nil {
		return nil, err
	}
	for _, p := range pairs {
		p.boost *= pairBoost
		out = append(out, p)
	}
	return out, nil
}

// stopBoost makes words that say nothing count little.
func stopBoost(t text.Token) float64 {
	if t.Stop {
		return 0.3
	}
	return 1
}

// lookup returns those of the tokens the field has, once each.
func (g *generation) lookup(ctx context.Context, r bindex.IndexReader, field string, tokens []text.Token) ([]term, error) {
	var out []term
	seen := make(map[string]bool, len(tokens))
	for _, t := range tokens {
		if seen[t.Term] {
			continue
		}
		if len(seen) == maxLookups {
			break
		}
		seen[t.Term] = true
		n, err := frequency(ctx, r, field, t.Term)
		if err != nil {
			return nil, fmt.Errorf("look up a term: %w", err)
		}
		if n > 0 {
			out = append(out, term{field: field, text: t.Term, single: t.Han(), frequency: n, boost: stopBoost(t)})
		}
	}
	return out, nil
}

// cheapest keeps the rarest terms within the budget, at least one.
func cheapest(terms []term, budget uint64) []term {
	slices.SortStableFunc(terms, func(a, b term) int { return cmp.Compare(a.frequency, b.frequency) })
	var spent uint64
	for i, t := range terms {
		spent += t.frequency
		if i > 0 && (spent > budget || i == maxTerms) {
			return terms[:i]
		}
	}
	return terms
}

// telling leaves out single characters: nearly every answer has them.
func telling(terms []term) []term {
	return slices.DeleteFunc(slices.Clone(terms), func(t term) bool { return t.single })
}

// merge joins what was found among wordings and among answers, at most limit of
// each.
func merge(wordings, answers []faq.EntryID, limit int) []faq.EntryID {
	out := wordings[:min(limit, len(wordings)):min(limit, len(wordings))]
	for _, id := range answers {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// reader opens the index as it stands.
func (g *generation) reader() (bindex.IndexReader, error) {
	advanced, err := g.b.Advanced()
	if err != nil {
		return nil, err
	}
	return advanced.Reader()
}

// find looks for an editor's words among entries of every state, or for a code.
func (g *generation) find(ctx context.Context, words string, limit int) ([]faq.EntryID, error) {
	r, err := g.reader()
	if err != nil {
		return nil, err
	}
	defer shut(r)
	docs, err := r.DocCount()
	if err != nil {
		return nil, err
	}
	tokens := g.lex.Tokens(words, faq.MaxQuestion)
	var terms []term
	for _, look := range []struct {
		field  string
		tokens []text.Token
		boost  float64
	}{
		{fieldCode, []text.Token{{Term: g.lex.Key(words)}}, 100},
		{fieldUnits, tokens, 1},
		{fieldPairs, text.Pairs(tokens), pairBoost},
		{fieldShelf, tokens, 1},
		{fieldShelf, text.Pairs(tokens), pairBoost},
	} {
		found, err := g.lookup(ctx, r, look.field, look.tokens)
		if err != nil {
			return nil, err
		}
		for _, t := range found {
			t.boost *= look.boost
			terms = append(terms, t)
		}
	}
	found, _, err := g.search(ctx, r, cheapest(terms, wordingBudget), max(docs, 1), limit*documentsAhead)
	if err != nil {
		return nil, err
	}
	return found[:min(limit, len(found))], nil
}
