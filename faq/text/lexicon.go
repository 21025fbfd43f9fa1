package text

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"replydesk/configs/search"
	"replydesk/inbox/desk/sound"
)

// maxStop is the most tokens a stop phrase may have.
const maxStop = 10

// Lexicon is the word lists search works with. It is made once and safe for
// concurrent use.
type Lexicon struct {
	simplified  map[rune]rune
	stops       map[string]bool     // terms of a phrase, joined by a space
	longest     int                 // tokens of the longest stop phrase
	courtesy    map[string]bool     // as stops; true: only where signs set it apart
	synonyms    map[string][]string // the terms of the group's first word, by the terms of another
	longestWord int                 // tokens of the longest synonym
	fingerprint string
	contrasts   Contrasts
	sounds      func() *sound.Alike // simplified characters; made when first asked for
}

// Default reads the word lists that are part of the binary.
func Default() (*Lexicon, error) { return Load(search.Files) }

// Load reads simplified.txt, synonyms.txt, stop_phrases.txt and contrasts.txt. In
// each a line that starts with # is a comment. An error names the file and the line.
func Load(files fs.FS) (*Lexicon, error) {
	l := &Lexicon{
		simplified: map[rune]rune{}, stops: map[string]bool{}, courtesy: map[string]bool{}, synonyms: map[string][]string{},
		contrasts: newContrasts(),
	}
	sum := fnv.New64a()
	read := func(name string, each func(line string) error) error {
		f, err := files.Open(name)
		if err != nil {
			return fmt.Errorf("open word list: %w", err)
		}
		defer f.Close()
		lines := bufio.NewScanner(io.TeeReader(f, sum))
		for n := 1; lines.Scan(); n++ {
			line := strings.TrimSpace(lines.Text())
			if line == "" || strings.HasPrefix(line, "#") {
				continue
			}
			if err := each(line); err != nil {
				return fmt.Errorf("%s line %d: %w", name, n, err)
			}
		}
		return lines.Err()
	}
	if err := read("simplified.txt", l.addPairs); err != nil {
		return nil, err
	}
	if err := read("synonyms.txt", l.addGroup); err != nil {
		return nil, err
	}
	if err := read("stop_phrases.txt", l.addStop); err != nil {
		return nil, err
	}
	l.sounds = sync.OnceValue(func() *sound.Alike {
		return sound.NewAlike(func(r rune) bool { return l.Simplify(r) == r })
	})
	l.fingerprint = strconv.FormatUint(sum.Sum64(), 36)
	// Nothing is made with these: they are compared when a question comes.
	if err := read("contrasts.txt", l.addContrast); err != nil {
		return nil, err
	}
	return l, nil
}

// SoundAlike returns the characters that sound as a folded one does, but for the
// tone.
func (l *Lexicon) SoundAlike(r rune) []rune { return l.sounds().To(r) }

// Fingerprint changes when a word list does: what was made with another
// fingerprint has to be made again.
func (l *Lexicon) Fingerprint() string { return l.fingerprint }

func (l *Lexicon) addPairs(line string) error {
	for pair := range strings.FieldsSeq(line) {
		from, n := utf8.DecodeRuneInString(pair)
		to, m := utf8.DecodeRuneInString(pair[n:])
		if n+m != len(pair) || m == 0 {
			return fmt.Errorf("%q is not two characters", pair)
		}
		l.simplified[from] = to
	}
	return nil
}

// addGroup adds one line of synonyms. Words are cut without the groups read
// before, so that the order of lines says nothing.
func (l *Lexicon) addGroup(line string) error {
	first, rest, _ := strings.Cut(line, ",")
	to := termsOf(l.Cut(first, 0))
	if len(to) == 0 {
		return fmt.Errorf("%q has no first word", line)
	}
	for word := range strings.SplitSeq(rest, ",") {
		from := termsOf(l.Cut(word, 0))
		if len(from) == 0 || len(from) > maxStop {
			return fmt.Errorf("%q has %d words, want 1 to %d", word, len(from), maxStop)
		}
		key := strings.Join(from, " ")
		if _, ok := l.synonyms[key]; ok {
			return fmt.Errorf("%q stands twice", word)
		}
		l.synonyms[key] = to
		l.longestWord = max(l.longestWord, len(from))
	}
	// The first word stands for itself, so that no shorter one bites into it.
	l.synonyms[strings.Join(to, " ")] = to
	l.longestWord = max(l.longestWord, len(to))
	return nil
}

// unite puts the first word of a group in the place of every other.
func (l *Lexicon) unite(tokens []Token) []Token {
	var out []Token // nil as long as nothing was replaced
	key := make([]byte, 0, 64)
	for i := 0; i < len(tokens); {
		key = key[:0]
		best := 0
		var to []string
		for n := 1; n <= l.longestWord && i+n <= len(tokens); n++ {
			t := tokens[i+n-1]
			if n > 1 {
				if !t.joins {
					break
				}
				key = append(key, ' ')
			}
			key = append(key, t.Term...)
			if w, ok := l.synonyms[string(key)]; ok {
				best, to = n, w
			}
		}
		if best == 0 {
			if out != nil {
				out = append(out, tokens[i])
			}
			i++
			continue
		}
		if out == nil {
			out = append(make([]Token, 0, len(tokens)+4), tokens[:i]...)
		}
		for j, term := range to {
			out = append(out, Token{Term: term, Start: tokens[i].Start, End: tokens[i+best-1].End, han: isHan(term), joins: j > 0 || tokens[i].joins})
		}
		i += best
	}
	if out == nil {
		return tokens
	}
	return out
}

func isHan(term string) bool {
	r, n := utf8.DecodeRuneInString(term)
	return n == len(term) && unicode.Is(unicode.Han, r)
}

func termsOf(tokens []Token) []string {
	terms := make([]string, len(tokens))
	for i, t := range tokens {
		terms[i] = t.Term
	}
	return terms
}

func (l *Lexicon) addStop(line string) error {
	line, courtesy := strings.CutPrefix(line, "~")
	line, apart := strings.CutPrefix(line, "=")
	tokens := l.Tokens(line, 0)
	if len(tokens) == 0 || len(tokens) > maxStop {
		return fmt.Errorf("%q has %d words, want 1 to %d", line, len(tokens), maxStop)
	}
	literal := l.Cut(line, 0)
	for _, key := range []string{strings.Join(termsOf(tokens), " "), strings.Join(termsOf(literal), " ")} {
		if courtesy {
			l.courtesy[key] = apart
		}
		if !apart {
			l.stops[key] = true
		}
	}
	l.longest = max(l.longest, len(tokens), len(literal))
	return nil
}

// markStops sets Stop on the tokens of every stop phrase, the longest phrase
// first at each place.
func (l *Lexicon) markStops(tokens []Token) {
	key := make([]byte, 0, 64)
	for i := 0; i < len(tokens); {
		key = key[:0]
		best := 0
		for n := 1; n <= l.longest && i+n <= len(tokens); n++ {
			t := tokens[i+n-1]
			if n > 1 {
				if !t.joins {
					break
				}
				key = append(key, ' ')
			}
			key = append(key, t.Term...)
			if l.stops[string(key)] {
				best = n
			}
		}
		for j := i; j < i+best; j++ {
			tokens[j].Stop = true
		}
		i += max(best, 1)
	}
}
