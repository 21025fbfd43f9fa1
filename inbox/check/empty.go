package check

import (
	"bufio"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"unicode/utf8"
)

// LoadPhrases reads empty phrases, one a line, # begins a comment. An error names
// the line.
func LoadPhrases(folder Folder, files fs.FS, name string) (*List, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open phrases: %w", err)
	}
	defer f.Close()
	var phrases []Word
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if folder.Key(line) == "" {
			return nil, fmt.Errorf("%s line %d: no letters or digits", name, n)
		}
		phrases = append(phrases, Word{ID: int64(n), Text: line, Level: Warn, Direction: Out})
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return Compile(folder, phrases)
}

// named is how far behind a phrase it may say whom exactly is meant, in
// characters.
const named = 40

var (
	// A number to call.
	callable = regexp.MustCompile(`\d{5,}|\d{3,4}[-－ ]\d{7,8}|https?://`)
	// A body by its name: what it is called, and what kind it is.
	body = regexp.MustCompile(`(\p{Han}{2,12}?)(?:局|委员会|厅|街道办|办事处|服务中心|大厅|派出所|窗口|服务站|居委会|村委会|法院|中心)`)
	// Words before the kind of a body that name none.
	nobody = regexp.MustCompile(`^(?:请|到|去|向|与|和|可|您|的|咨询|联系|询问|前往|相关|有关|当地|所在地|属地|辖区|主管|职能|业务|行政|就近|附近|政务|各级|各地|所属|部门|单位|或|及|等)*$`)
)

// empty finds phrases that send people away without saying where to.
func (c Checker) empty(s string, scene Scene) []Finding {
	if c.Empty == nil {
		return nil
	}
	var out []Finding
	end := -1
	for _, h := range c.Empty.Find(s, Out) {
		if h.From < end || saysWho(behind(s[h.To:]), scene.Departments) {
			continue
		}
		end = h.To
		out = append(out, Finding{
			Rule: RuleEmpty, Level: Warn, Word: h.Word.Text, From: h.From, To: h.To,
			Message: "空话：请写明由哪个部门办理、怎么联系",
		})
	}
	return out
}

// behind is what follows a phrase closely.
func behind(s string) string {
	for i := range s {
		if utf8.RuneCountInString(s[:i]) == named {
			return s[:i]
		}
	}
	return s
}

func saysWho(s string, departments []string) bool {
	if callable.MatchString(s) {
		return true
	}
	for _, d := range departments {
		if utf8.RuneCountInString(d) > 1 && strings.Contains(s, d) {
			return true
		}
	}
	for _, m := range body.FindAllStringSubmatch(s, -1) {
		if !nobody.MatchString(m[1]) {
			return true
		}
	}
	return false
}
