package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	ahocorasick "github.com/petar-dambovaliev/aho-corasick"

	"replydesk/inbox/desk/sound"
)

// Level is what follows from a word.
type Level string

// Levels, the gravest first; Urgent is for what comes in.
const (
	Block   Level = "block"   // it does not leave
	Approve Level = "approve" // it leaves when another person approves
	Warn    Level = "warn"    // it leaves when its author confirms
	Urgent  Level = "urgent"  // a person must look at once
)

// Valid reports whether l is a level.
func (l Level) Valid() bool { return slices.Contains([]Level{Block, Approve, Warn, Urgent}, l) }

// rank orders levels, the gravest first.
func (l Level) rank() int { return slices.Index([]Level{Urgent, Block, Approve, Warn}, l) }

// Direction is where a word counts.
type Direction string

// Directions.
const (
	In   Direction = "in"
	Out  Direction = "out"
	Both Direction = "both"
)

// Valid reports whether d is a direction.
func (d Direction) Valid() bool { return slices.Contains([]Direction{In, Out, Both}, d) }

// Covers reports whether a word of direction d counts in direction of.
func (d Direction) Covers(of Direction) bool { return d == Both || d == of }

// Word is one entry of the lists. In one of its Exceptions it is fine.
type Word struct {
	ID         int64
	Text       string
	Level      Level
	Direction  Direction
	Category   string
	Exceptions []string
}

// Bounds of a word, in characters.
const (
	MaxWord       = 40
	MaxExceptions = 20
)

// What pinyin needs to be safe.
const (
	pinyinRunes   = 3
	pinyinLetters = 9
)

// use is what a pattern of the automaton stands for.
type use struct {
	word      int
	exception bool
	pinyin    int // syllables, 0 when it is not pinyin
}

// pattern is one text the automaton looks for.
type pattern struct {
	uses       []use
	spaces     int  // in the word as it was typed
	letters    int  // characters
	latinStart bool // a letter or digit of ASCII
	latinEnd   bool
}

// List is a set of words ready to be found. It is immutable and safe for
// concurrent use.
type List struct {
	folder   Folder
	words    []Word
	patterns []pattern
	machine  ahocorasick.AhoCorasick
}

// Compile makes a List. An error names the word that cannot be looked for.
func Compile(folder Folder, words []Word) (*List, error) {
	l := &List{folder: folder, words: slices.Clone(words)}
	var texts []string
	at := map[string]int{}
	add := func(raw, key string, u use) {
		i, known := at[key]
		if !known {
			i = len(texts)
			at[key] = i
			texts = append(texts, key)
			first, _ := utf8.DecodeRuneInString(key)
			last, _ := utf8.DecodeLastRuneInString(key)
			l.patterns = append(l.patterns, pattern{
				spaces: strings.Count(strings.TrimSpace(raw), " "), letters: utf8.RuneCountInString(key), latinStart: latin(first), latinEnd: latin(last),
			})
		}
		l.patterns[i].uses = append(l.patterns[i].uses, u)
	}
	for i, w := range l.words {
		key := folder.Key(w.Text)
		if n := utf8.RuneCountInString(key); n == 0 || n > MaxWord {
			return nil, fmt.Errorf("word %q: want 1 to %d letters or digits", w.Text, MaxWord)
		}
		add(w.Text, key, use{word: i})
		if p, syllables := spelled(key); p != "" {
			add(p, p, use{word: i, pinyin: syllables})
		}
		for _, e := range w.Exceptions {
			if k := folder.Key(e); strings.Contains(k, key) && k != key {
				add(e, k, use{word: i, exception: true})
			}
		}
	}
	builder := ahocorasick.NewAhoCorasickBuilder(ahocorasick.Opts{MatchKind: ahocorasick.StandardMatch})
	l.machine = builder.Build(texts)
	return l, nil
}

// spelled is the pinyin of a word where looking for it is safe, else "".
func spelled(key string) (letters string, syllables int) {
	letters, syllables = sound.Spell(key)
	if syllables < pinyinRunes || len(letters) < pinyinLetters {
		return "", 0
	}
	return letters, syllables
}

func latin(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// Hit is a word found in a text, in bytes of the text.
type Hit struct {
	Word     Word
	From, To int
}

// maxHits bounds what one text can lead to.
const maxHits = 200

// Find returns the words of a direction in a text, in order of place, the
// longer first. At most 200 places are told.
func (l *List) Find(s string, d Direction) []Hit {
	if len(l.words) == 0 || s == "" {
		return nil
	}
	f := l.folder.fold(s)
	type span struct{ word, from, to int }
	var hits, fine []span
	matches := l.machine.IterOverlappingByte(f.text)
	for m := matches.Next(); m != nil; m = matches.Next() {
		p := &l.patterns[m.Pattern()]
		for _, u := range p.uses {
			if !l.words[u.word].Direction.Covers(d) {
				continue
			}
			at := span{u.word, m.Start(), m.End()}
			switch {
			case u.exception:
				fine = append(fine, at)
			case len(hits) < maxHits && stands(f, p, u, m.Start(), m.End()):
				hits = append(hits, at)
			}
		}
	}
	out := make([]Hit, 0, len(hits))
	for _, h := range hits {
		excused := slices.ContainsFunc(fine, func(e span) bool { return e.word == h.word && e.from <= h.from && e.to >= h.to })
		if !excused {
			out = append(out, Hit{l.words[h.word], int(f.from[h.from]), int(f.to[h.to-1])})
		}
	}
	slices.SortStableFunc(out, func(a, b Hit) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(b.To, a.To)) })
	return slices.CompactFunc(out, func(a, b Hit) bool { return a.Word.ID == b.Word.ID && a.From == b.From && a.To == b.To })
}

// stands reports whether what the automaton found is the word: in one piece and,
// where it begins or ends with Latin letters, not inside a longer one.
func stands(f folded, p *pattern, u use, from, to int) bool {
	if f.breaks[from] != f.breaks[to-1] {
		return false
	}
	if p.latinStart && from > 0 && f.to[from-1] == f.from[from] && latin(rune(f.text[from-1])) {
		return false
	}
	if p.latinEnd && to < len(f.text) && f.to[to-1] == f.from[to] && latin(rune(f.text[to])) {
		return false
	}
	if !p.latinStart || !p.latinEnd {
		return true
	}
	// "as s" is no word that somebody split; "k i l l" is.
	spaces := int(f.spaces[to-1] - f.spaces[from])
	return spaces == p.spaces || spaces == 0 || spaces == p.letters-1 || u.pinyin > 0 && spaces == u.pinyin-1
}
