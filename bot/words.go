package bot

import (
	"bufio"
	"fmt"
	"io/fs"
	"strings"
)

// phrases finds any of its phrases in a folded message.
type phrases struct {
	whole  map[string]bool
	inside []string
}

// in reports whether a folded message is, or holds, one of the phrases.
func (p phrases) in(folded string) bool {
	if p.whole[folded] {
		return true
	}
	for _, phrase := range p.inside {
		if strings.Contains(folded, phrase) {
			return true
		}
	}
	return false
}

// Words are the phrases by which a message needs a person.
type Words struct {
	fold             func(string) string
	human, complaint phrases
}

// LoadWords reads human.txt and complaint.txt (the form is told in human.txt).
// What a machine must not answer is on the desk's word lists, with level urgent. fold maps a text to its letters and digits in one form. An
// error names the file and the line.
func LoadWords(files fs.FS, fold func(string) string) (*Words, error) {
	w := &Words{fold: fold}
	for name, into := range map[string]*phrases{
		"human.txt": &w.human, "complaint.txt": &w.complaint,
	} {
		var err error
		if *into, err = readPhrases(files, name, fold); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func readPhrases(files fs.FS, name string, fold func(string) string) (phrases, error) {
	p := phrases{whole: map[string]bool{}}
	f, err := files.Open(name)
	if err != nil {
		return p, fmt.Errorf("open word list: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		phrase, whole := strings.CutPrefix(line, "=")
		folded := fold(phrase)
		switch {
		case folded == "":
			return p, fmt.Errorf("%s line %d: no letters or digits", name, n)
		case whole:
			p.whole[folded] = true
		default:
			p.inside = append(p.inside, folded)
		}
	}
	return p, lines.Err()
}

// reason says why a folded message needs a person, "" when it does not.
func (w *Words) reason(folded string) Reason {
	switch {
	case w.human.in(folded):
		return AskedForPerson
	case w.complaint.in(folded):
		return Complaint
	}
	return ""
}
