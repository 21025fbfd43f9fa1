package faq

import (
	"context"
	"slices"
	"unicode/utf8"

	"replydesk/faq/text"
)

// Bounds of a look for characters typed for others that sound alike.
const (
	maxSpelledRunes = 60 // longer messages say enough beside a slip
	maxDoubtful     = 4  // with more the message is about what the library does not know
)

// Slip is a character of a message that was read as another.
type Slip struct {
	Typed string `json:"typed"`
	Meant string `json:"meant"`
}

// spell puts the library's character in the place of one that sounds like it and
// was typed instead (居主证 for 居住证), as it happens with input by pinyin. A
// character is taken for a slip only between two neighbours neither of which ever
// stands beside it in the library, and only when exactly one that sounds like it
// stands between both. At the ends of a message one neighbour alone would say too
// little (水务局 is not 税务局).
func (s *Searcher) spell(ctx context.Context, message string) (string, []Slip, error) {
	if utf8.RuneCountInString(message) > maxSpelledRunes {
		return message, nil, nil
	}
	tokens := s.Lexicon.Tokens(message, maxSpelledRunes)
	places, err := s.doubtful(ctx, tokens)
	if err != nil || len(places) > maxDoubtful {
		return message, nil, err
	}
	var slips []Slip
	runes := []rune(message)
	for _, at := range places {
		before, after := tokens[at-1].Term, tokens[at+1].Term
		typed, _ := utf8.DecodeRuneInString(tokens[at].Term)
		meant, err := s.between(ctx, before, s.Lexicon.SoundAlike(typed), after)
		if err != nil {
			return message, nil, err
		}
		if meant != 0 {
			runes[tokens[at].Start] = meant
			slips = append(slips, Slip{Typed: string(typed), Meant: string(meant)})
		}
	}
	return string(runes), slips, nil
}

// between returns the one character of a choice that the library has between two
// others, 0 when there is none or more than one.
func (s *Searcher) between(ctx context.Context, before string, choice []rune, after string) (rune, error) {
	choice, err := s.paired(ctx, choice, func(r rune) string { return before + string(r) })
	if err != nil {
		return 0, err
	}
	choice, err = s.paired(ctx, choice, func(r rune) string { return string(r) + after })
	if err != nil || len(choice) != 1 {
		return 0, err
	}
	return choice[0], nil
}

// paired returns those of a choice whose pair the library has.
func (s *Searcher) paired(ctx context.Context, choice []rune, pair func(rune) string) ([]rune, error) {
	pairs := make([]string, len(choice))
	for i, r := range choice {
		pairs[i] = pair(r)
	}
	known, err := s.Index.Known(ctx, pairs)
	if err != nil {
		return nil, err
	}
	var out []rune
	for i, r := range choice {
		if known[i] {
			out = append(out, r)
		}
	}
	return out, nil
}

// guessed is how sure an answer to a message read otherwise is at most: 饰品 may
// have been meant where the library has 食品.
const guessed = 0.5

// asTyped takes back what only the reading makes sure: an entry is as sure as it
// is of the message as it was typed, and beyond guessed by that alone.
func (s *Searcher) asTyped(ctx context.Context, message string, hits []Hit, slips []Slip) error {
	none := make(chan []EntryID)
	close(none)
	q := s.read(message)
	found, compared, _, err := s.propose(ctx, q, none, MaxHits)
	if err != nil {
		return err
	}
	typed := map[EntryID]float64{}
	if len(compared) > 0 {
		for _, h := range s.rank(q, found, compared, nil, MaxHits) {
			typed[h.Entry.ID] = h.Confidence
		}
	}
	for i := range hits {
		hits[i].Slips = slips
		hits[i].Confidence = max(typed[hits[i].Entry.ID], min(hits[i].Confidence, guessed))
	}
	return nil
}

// doubtful returns the places of characters that stand between two others and
// beside neither in the library.
func (s *Searcher) doubtful(ctx context.Context, tokens []text.Token) ([]int, error) {
	pairs := make([]string, len(tokens)) // "" where there is none of two characters
	for i := 1; i < len(tokens); i++ {
		if tokens[i-1].Han() && tokens[i].Han() && tokens[i].Joins() {
			pair, _ := text.Pair(tokens, i)
			pairs[i] = pair.Term
		}
	}
	known, err := s.Index.Known(ctx, slices.DeleteFunc(slices.Clone(pairs), func(p string) bool { return p == "" }))
	if err != nil {
		return nil, err
	}
	unknown := make([]bool, len(pairs)+1)
	next := 0
	for i, pair := range pairs {
		if pair != "" {
			unknown[i] = !known[next]
			next++
		}
	}
	var out []int
	for i, t := range tokens {
		if unknown[i] && unknown[i+1] && t.End-t.Start == 1 && !t.Stop {
			out = append(out, i)
		}
	}
	return out, nil
}
