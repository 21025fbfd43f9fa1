package bot

import (
	"bufio"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"replydesk/faq"
)

// Claims finds what a draft promises, forbids or demands in words, and whom it
// addresses, so that it is held against the cited entries as its figures are. It
// is a matter of wording and may be wrong: a person looks at what it finds.
type Claims struct {
	words    map[string][]claimWord // a word may support several claims
	longest  int                    // of the words, in characters
	surnames map[string]bool
}

// claimWord is what a word claims.
type claimWord struct {
	group int
	offer bool // what says the same of the same thing is enough
	quiet bool // supports, but is not looked for
}

// LoadClaims reads claims.txt and surnames.txt, whose forms are told there. An
// error names the file and the line.
func LoadClaims(files fs.FS) (*Claims, error) {
	c := &Claims{words: map[string][]claimWord{}, surnames: map[string]bool{}}
	err := eachLine(files, "claims.txt", func(n int, line string) error {
		line, offer := strings.CutPrefix(line, "?")
		for _, word := range strings.Split(line, "|") {
			word, quiet := strings.CutPrefix(strings.TrimSpace(word), "~")
			if word == "" {
				return fmt.Errorf("an empty word")
			}
			c.words[word] = append(c.words[word], claimWord{group: n, offer: offer, quiet: quiet})
			c.longest = max(c.longest, utf8.RuneCountInString(word))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c, eachLine(files, "surnames.txt", func(_ int, line string) error {
		for _, name := range strings.Fields(line) {
			if utf8.RuneCountInString(name) == 2 {
				c.surnames[name] = true
				continue
			}
			for _, r := range name {
				c.surnames[string(r)] = true
			}
		}
		return nil
	})
}

// eachLine hands over the lines of a list but for blank ones and remarks.
func eachLine(files fs.FS, name string, take func(n int, line string) error) error {
	f, err := files.Open(name)
	if err != nil {
		return fmt.Errorf("open word list: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := take(n, line); err != nil {
			return fmt.Errorf("%s line %d: %w", name, n, err)
		}
	}
	return lines.Err()
}

// claimed is a claim in a text, by bytes.
type claimed struct {
	claimWord
	from, to int
}

// in finds the claim words of a text, the longest at each place: 不可以 is not 可以.
func (c *Claims) in(text string) (out []claimed) {
	for from := 0; from < len(text); {
		_, step := utf8.DecodeRuneInString(text[from:])
		var best []claimWord
		to, end := from, from
		for range c.longest {
			if to >= len(text) {
				break
			}
			_, size := utf8.DecodeRuneInString(text[to:])
			to += size
			if words := c.words[text[from:to]]; words != nil {
				best, end = words, to
			}
		}
		for _, w := range best {
			out = append(out, claimed{w, from, end})
			step = end - from
		}
		from += step
	}
	return out
}

var (
	statementEnd = regexp.MustCompile(`[。！？!?；;\n]+`)
	claimPart    = regexp.MustCompile(`[^，,：:、。！？!?；;\n]+`)
	addressForm  = regexp.MustCompile(`(?m)^[ 　]*(?:尊敬的|亲爱的)?(\p{Han}{1,4}?)(?:先生|女士|小姐|同志|老师|师傅)?[，,、 ]?(?:您好|你好)`)
)

// enoughShared is how much of what a part of a sentence speaks of must stand
// beside the claim in an entry.
const enoughShared = 0.5

// doubts are the parts of a draft that claim what no cited entry does, or that
// address somebody whom neither the entries nor the citizen named. Each stands in
// the draft as it is returned.
func (c *Claims) doubts(text string, cited []faq.Entry, citizen []string) []string {
	var statements []string
	var all strings.Builder
	for _, e := range cited {
		for _, part := range []string{e.Question, e.Answer} {
			statements = append(statements, statementEnd.Split(folded(part), -1)...)
			all.WriteString(folded(part) + "\n")
		}
		for _, wording := range e.Similar {
			all.WriteString(folded(wording) + "\n")
		}
	}
	said := folded(strings.Join(citizen, "\n"))
	var out []string
	for _, m := range addressForm.FindAllStringSubmatch(text, -1) {
		if name := m[1]; c.isName(name) && !strings.Contains(said, name) && !strings.Contains(all.String(), name) {
			out = append(out, strings.TrimSpace(m[0]))
		}
	}
	for _, part := range claimPart.FindAllString(text, -1) {
		part = strings.TrimSpace(part)
		plain := folded(part)
		if politeForm.MatchString(part) || strings.Contains(all.String(), plain) || repeatedForm.MatchString(part) || slices.Contains(out, part) {
			continue
		}
		if slices.ContainsFunc(c.in(plain), func(w claimed) bool { return !w.quiet && !c.supported(plain, w, statements) }) {
			out = append(out, part)
		}
	}
	return out
}

func (c *Claims) isName(s string) bool {
	runes := []rune(s)
	return c.surnames[string(runes[:1])] && len(runes) <= 3 || len(runes) >= 2 && c.surnames[string(runes[:2])]
}

// supported reports whether a statement of the entries makes the same claim
// about the same thing, and its word says it of what stands behind the draft's:
// 残疾人证无需预约 says nothing of 残疾人证无需材料, nor 凭身份证办理，不需要体检 of 不需要身份证.
func (c *Claims) supported(part string, w claimed, statements []string) bool {
	about, object := pairsOf(part[:w.from]+"\n"+part[w.to:]), pairsOf(part[w.to:])
	for _, s := range statements {
		told := pairsOf(s)
		if shared(about, told) < enoughShared {
			continue
		}
		if w.offer && shared(object, told) >= enoughShared {
			return true
		}
		for _, o := range c.in(s) {
			if o.group == w.group && !w.offer && shared(object, saidOf(s, o)) >= enoughShared {
				return true
			}
		}
	}
	return false
}

// saidOf is what a statement says a claim of: what stands behind its word up to
// the next comma or, when nothing does, what stands before it.
func saidOf(s string, o claimed) map[string]bool {
	behind := s[o.to:]
	if end := strings.IndexAny(behind, "，,：:"); end >= 0 {
		behind = behind[:end]
	}
	if said := pairsOf(behind); len(said) > 0 {
		return said
	}
	before := claimPart.FindAllString(s[:o.from], -1)
	if len(before) == 0 {
		return nil
	}
	return pairsOf(before[len(before)-1])
}

// pairsOf are the neighbouring characters of a text that say what it is about.
func pairsOf(s string) map[string]bool {
	out := map[string]bool{}
	for _, run := range strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) || strings.ContainsRune("的了吗呢吧您你请也都就再和与及或是在到把被将任何其他提供进行", r)
	}) {
		runes := []rune(run)
		for i := 1; i < len(runes); i++ {
			out[string(runes[i-1:i+1])] = true
		}
		if len(runes) == 1 {
			out[run] = true
		}
	}
	return out
}

// shared is how many of a are in b; of nothing all is.
func shared(a, b map[string]bool) float64 {
	if len(a) == 0 {
		return 1
	}
	n := 0
	for pair := range a {
		if b[pair] {
			n++
		}
	}
	return float64(n) / float64(len(a))
}
