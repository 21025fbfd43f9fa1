package check

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode"
)

// maxThanks bounds a message that only thanks, in bytes.
const maxThanks = 120

// Thanks knows messages that thank and ask for nothing. A nil one knows none.
type Thanks struct {
	folder Folder
	words  map[string]bool // true: thanks by itself; false: only beside one that does
}

// LoadThanks reads the words of thanks, one a line; # begins a comment, + a word
// that counts only beside another. An error names the line.
func LoadThanks(folder Folder, files fs.FS, name string) (*Thanks, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open words of thanks: %w", err)
	}
	t := &Thanks{folder, map[string]bool{}}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan() && err == nil; n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		word, beside := strings.CutPrefix(line, "+")
		key := folder.Key(word)
		if key == "" {
			err = fmt.Errorf("%s line %d: no letters or digits", name, n)
		}
		t.words[key] = !beside
	}
	return t, errors.Join(err, lines.Err(), f.Close())
}

// Only reports whether the whole message is thanks: every part between signs is
// a word of the list, and one of them thanks by itself. What asks, or says one
// word more, is not.
func (t *Thanks) Only(s string) bool {
	if t == nil || len(s) > maxThanks || strings.ContainsAny(s, "?？") {
		return false
	}
	thanked := false
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !invisible(r) }) {
		key := t.folder.Key(part)
		if key == "" { // invisible signs alone
			continue
		}
		thanks, known := t.words[key]
		if !known {
			return false
		}
		thanked = thanked || thanks
	}
	return thanked
}
