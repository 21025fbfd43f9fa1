package logging

import (
	"regexp"
	"strings"
)

// kind says how sure a label is that a secret follows, so what must stand between.
type kind int

const (
	// word may be part of a sentence: "refresh token: connection refused".
	word kind = iota
	// identifier is no part of a sentence, such as app_secret.
	identifier
	// header takes the rest of its line.
	header
	// person names what people wrote and who they are; only as a key of JSON.
	person
)

// labels are in small letters; in a longer name only its end counts. The first row
// that fits wins, so the keys come before the words they are made of.
var labels = []struct {
	kind kind
	look string
}{
	{header, `authorization|cookie|csrf`},
	{identifier, `[_-]?(?:api|app|aes|secret|session|private|access|signing)[_-]?key`},
	{identifier, `password|passwd|pwd|[_-]secret|[_-]token|appsecret|accesstoken|openid|unionid|touser`},
	{word, `passphrase|secret|token|credentials?`},
	{person, `content|text|body|nickname|phone|mobile|email`},
}

// label has one group for each row of labels.
var label = func() *regexp.Regexp {
	groups := make([]string, len(labels))
	for i, l := range labels {
		groups[i] = "(" + l.look + ")"
	}
	return regexp.MustCompile(strings.Join(groups, "|"))
}()

// needles are pieces of the labels, to tell cheaply that there is none.
var needles = []string{"pass", "pwd", "secret", "token", "key", "authorization", "cookie", "openid", "unionid",
	"credential", "csrf", "touser", "content", "text", "body", "nickname", "phone", "mobile", "email"}

const (
	// quoted may itself stand in a quoted text: \"a\\\"b\" is a"b.
	quoted = `\\"(?:[^"\\]|\\\\\\?.)*(?:\\")?|"(?:[^"\\]|\\.)*"?|'[^']*'?`
	scheme = `(?i:bearer|basic)\s+[^\s&"'<>]+`
	tree   = `\{[^}]*\}?|\[[^\]]*\]?`
	bare   = `[^\s&"'<>]+`
	value  = `(?:` + quoted + `|` + scheme + `|` + tree + `|` + bare + `)`
)

// What may follow a label. The group of each is what stays.
var (
	asHeader   = regexp.MustCompile(`^(["'\\]*\s*:\s+["'\\]*)[^\r\n"'\\]+`)
	asJSON     = regexp.MustCompile(`^(\\*["']\s*:\s*)(?:` + quoted + `|` + tree + `|[^\s,}\]]+)`)
	asField    = regexp.MustCompile(`^(\s*(?:=|%3[Dd])\s*)` + value) // a query, a form, a DSN
	asStruct   = regexp.MustCompile(`^(:)` + value)                  // as %+v prints it
	asYAML     = regexp.MustCompile(`^(:\s+)` + value)
	asSentence = regexp.MustCompile(`^(:\s+)(?:"[^"]*"|'[^']*'|[\w+/=.-]{20,})`)
)

var tails = map[kind][]*regexp.Regexp{
	header:     {asHeader, asJSON, asField, asStruct},
	identifier: {asJSON, asField, asStruct, asYAML},
	word:       {asJSON, asField, asStruct, asSentence},
	person:     {asJSON},
}

// scrubLabelled takes out the values that a name before them gives away.
func scrubLabelled(s string) string {
	small := lower(s)
	if !contains(small, needles) {
		return s
	}
	var out strings.Builder
	done := 0 // s[:done] is in out
	for _, at := range label.FindAllStringSubmatchIndex(small, -1) {
		end := at[1]
		if end < done { // part of a value that is gone
			continue
		}
		stays, gone := tail(s[end:], kindOf(at))
		if gone == 0 {
			continue
		}
		out.WriteString(s[done:end+stays] + Redacted)
		done = end + gone
	}
	if done == 0 {
		return s
	}
	return out.String() + s[done:]
}

// kindOf finds the group of label that matched.
func kindOf(at []int) kind {
	for i, l := range labels {
		if at[2+2*i] >= 0 {
			return l.kind
		}
	}
	return word
}

// tail reports how much of what follows a label stays and where the value ends; 0
// and 0 if no value follows.
func tail(rest string, k kind) (stays, gone int) {
	sign := strings.TrimLeft(rest, "\\\"' \t")
	if sign == "" || sign[0] != ':' && sign[0] != '=' && sign[0] != '%' {
		return 0, 0
	}
	for _, look := range tails[k] {
		if at := look.FindStringSubmatchIndex(rest); at != nil {
			return at[3], at[1]
		}
	}
	return 0, 0
}

func contains(s string, pieces []string) bool {
	for _, p := range pieces {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// lower changes ASCII letters only, so that every byte keeps its place.
func lower(s string) string {
	small := []byte(s)
	for i, c := range small {
		if c >= 'A' && c <= 'Z' {
			small[i] = c + 'a' - 'A'
		}
	}
	return string(small)
}
