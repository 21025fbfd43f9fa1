package faq

import "replydesk/faq/text"

// How a message and the answers are compared: BM25 over pairs of characters and
// words, as a share of what a perfect answer would get.
const (
	saturation     = 1.2  // BM25's k1
	lengthPenalty  = 0.75 // BM25's b
	maxAnswerRunes = 2000 // what is read of an answer
	answerSingle   = 0.3  // weight of one character against a pair, in a question
)

// answerScores compares a message with the answers of entries; single is the
// weight of one Chinese character against a pair.
func answerScores(lex *text.Lexicon, message []text.Token, single float64, weight func(string) float64, entries []Entry) []float64 {
	scores := make([]float64, len(entries))
	places := map[string]int{}
	var weights []float64
	perfect := 0.0
	for _, t := range text.AnswerTerms(message) {
		w := weight(t.Term) * stops(t)
		if t.Han() {
			w *= single
		}
		perfect += w * (saturation + 1)
		at, ok := places[t.Term]
		if !ok {
			at = len(weights)
			places[t.Term] = at
			weights = append(weights, 0)
		}
		weights[at] += w
	}
	if perfect == 0 {
		return scores
	}
	lengths := make([]float64, len(entries))
	counts := make([][]float64, len(entries))
	mean := 0.0
	for i, e := range entries {
		terms := text.AnswerTerms(lex.Cut(e.Answer, maxAnswerRunes))
		counts[i] = make([]float64, len(weights))
		for _, t := range terms {
			if at, ok := places[t.Term]; ok {
				counts[i][at]++
			}
		}
		lengths[i] = float64(len(terms))
		mean += lengths[i] / float64(len(entries))
	}
	for i := range entries {
		norm := saturation * (1 - lengthPenalty + lengthPenalty*lengths[i]/max(mean, 1))
		for at, n := range counts[i] {
			if n > 0 {
				scores[i] += weights[at] * n * (saturation + 1) / (n + norm)
			}
		}
		scores[i] = min(scores[i]/perfect, 1)
	}
	return scores
}
