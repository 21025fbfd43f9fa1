package faq

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"

	"replydesk/configs/search"
)

// Weight is the weight of one figure: for every message, more for a long
// letter, more for a message of words with spaces between (Kind).
type Weight [3]float64

func (w Weight) of(k Kind) float64 { return w[0] + w[1]*k.Long + w[2]*k.Words }

// Model holds the weights of search. They are data, fitted on labelled
// questions (README.md); the figures they belong to are code.
type Model struct {
	Rank       [featureCount]Weight
	Confidence [signCount]Weight
	Evidence   [signCount]Weight // 0 for what tells of rivals
}

// What the confidence is computed from, beside the features of the entry.
const (
	always    = iota // 1
	lead             // score before the best of the others, or behind it, at most 10
	leadRoot         // its root, 0 behind
	belief           // share of exp(score) of all entries proposed
	crowd            // how many entries are about as good, as a logarithm
	leadSigns        // number of the above; the features follow
	signCount = leadSigns + featureCount
)

// Signs are the figures that the confidence is computed from.
type Signs [signCount]float64

var leadNames = [leadSigns]string{"always", "lead", "lead_root", "belief", "crowd"}

func signName(i int) string {
	if i < leadSigns {
		return leadNames[i]
	}
	return featureNames[i-leadSigns]
}

// modelFile names the weights within a folder of search settings.
const modelFile = "weights.json"

// modelJSON is the file: weights by the name of their figure.
type modelJSON struct {
	Rank       map[string]Weight `json:"rank"`
	Confidence map[string]Weight `json:"confidence"`
	Evidence   map[string]Weight `json:"evidence"`
}

// DefaultModel reads the weights that are part of the binary.
func DefaultModel() (*Model, error) { return LoadModel(search.Files) }

// LoadModel reads weights.json. A missing and an unknown name is an error.
func LoadModel(files fs.FS) (*Model, error) {
	raw, err := fs.ReadFile(files, modelFile)
	if err != nil {
		return nil, fmt.Errorf("read search weights: %w", err)
	}
	var in modelJSON
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, fmt.Errorf("%s: %w", modelFile, err)
	}
	m := &Model{}
	if err := fill(m.Rank[:], in.Rank, func(i int) string { return featureNames[i] }); err != nil {
		return nil, fmt.Errorf("%s: rank: %w", modelFile, err)
	}
	if err := fill(m.Confidence[:], in.Confidence, signName); err != nil {
		return nil, fmt.Errorf("%s: confidence: %w", modelFile, err)
	}
	if err := fill(m.Evidence[:], in.Evidence, signName); err != nil {
		return nil, fmt.Errorf("%s: evidence: %w", modelFile, err)
	}
	return m, nil
}

func fill(to []Weight, from map[string]Weight, name func(int) string) error {
	for i := range to {
		w, ok := from[name(i)]
		if !ok {
			return fmt.Errorf("%q is missing", name(i))
		}
		to[i] = w
	}
	if len(from) > len(to) {
		return fmt.Errorf("%d names too many", len(from)-len(to))
	}
	return nil
}

// MarshalJSON writes the file that LoadModel reads.
func (m *Model) MarshalJSON() ([]byte, error) {
	out := modelJSON{Rank: map[string]Weight{}, Confidence: map[string]Weight{}, Evidence: map[string]Weight{}}
	for i, w := range m.Rank {
		out.Rank[featureNames[i]] = w
	}
	for i := range m.Confidence {
		out.Confidence[signName(i)], out.Evidence[signName(i)] = m.Confidence[i], m.Evidence[i]
	}
	return json.Marshal(out)
}

// Scores orders the entries proposed for one message: the higher the better.
func (m *Model) Scores(k Kind, features []Features) []float64 {
	var weights Features
	for i, w := range m.Rank {
		weights[i] = w.of(k)
	}
	out := make([]float64, len(features))
	for i := range features {
		for j, x := range features[i] {
			out[i] += weights[j] * x
		}
	}
	return out
}

// mostLead keeps one entry alone in a small library from being sure.
const mostLead = 10

// SignsOf returns the signs for the entry at a place of the scores.
func SignsOf(scores []float64, at int, f Features) (s Signs) {
	rival, sum := math.Inf(-1), 0.0
	for i, score := range scores {
		if i != at {
			rival = max(rival, score)
		}
		sum += math.Exp(min(score-scores[at], 500))
	}
	s[always] = 1
	s[lead] = max(min(scores[at]-rival, mostLead), -mostLead)
	s[leadRoot] = math.Sqrt(max(s[lead], 0))
	s[belief] = 1 / sum
	s[crowd] = min(math.Log(sum), mostLead)
	copy(s[leadSigns:], f[:])
	return s
}

// Sure returns how likely an entry answers a message, 0 to 1: the lower of what
// the comparison with its rivals says and what it shares with the message says
// by itself. In a small library an entry is far ahead of all others whatever it
// says, so the lead alone must not make sure; and whatever the weights say, a
// question is sure of nothing that shares little with it.
func (m *Model) Sure(k Kind, s Signs) float64 {
	f := s[leadSigns:]
	// Of a letter a part may be enough, and words have more ways to say the same.
	most := (2+2*k.Words)*max(f[alike], f[wholePairs]) + k.Long
	return max(0, min(logistic(&m.Confidence, k, s), logistic(&m.Evidence, k, s), most))
}

func logistic(weights *[signCount]Weight, k Kind, s Signs) float64 {
	sum := 0.0
	for i, w := range weights {
		sum += w.of(k) * s[i]
	}
	return 1 / (1 + math.Exp(-sum))
}

// Rival reports whether the sign at a place tells of an entry's rivals.
func Rival(place int) bool { return place > always && place < leadSigns }
