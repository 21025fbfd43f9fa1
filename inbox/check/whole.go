package check

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// LoadWhole reads messages that mean something as a whole, one a line, by their
// keys; # begins a comment. An error names the line.
func LoadWhole(folder Folder, files fs.FS, name string) (map[string]bool, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open messages: %w", err)
	}
	whole := map[string]bool{}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan() && err == nil; n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key := folder.Key(line)
		if key == "" {
			err = fmt.Errorf("%s line %d: no letters or digits", name, n)
		}
		whole[key] = true
	}
	return whole, errors.Join(err, lines.Err(), f.Close())
}
