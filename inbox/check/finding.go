package check

import (
	"cmp"
	"fmt"
	"slices"
	"unicode/utf8"

	"replydesk/inbox/mask"
)

// Rule is what kind of check found something.
type Rule string

// Rules.
const (
	RuleWord     Rule = "word"
	RulePersonal Rule = "personal"
	RuleEmpty    Rule = "empty_phrase"
	RuleLink     Rule = "link"
	RuleAccount  Rule = "account"
	RuleLength   Rule = "length"
	RuleBlank    Rule = "blank"
	RuleClaim    Rule = "claim" // of a model's draft: its grounds do not say so
)

// Finding is one place of a text that a person has to see. Kind is finer than
// Rule: the word's category, what the personal data are, what is wrong with the
// link. From and To are in characters (code points) of the text.
type Finding struct {
	Rule     Rule
	Kind     string
	Level    Level
	WordID   int64
	Word     string // from the lists; never what the text says otherwise
	From, To int
	Message  string
}

// Scene is what a check has to know of where a text goes.
type Scene struct {
	Public      bool     // a comment everybody can read
	Account     string   // the account's name
	Platform    string   // its platform's code
	Others      []string // names of the desk's other accounts
	Departments []string // names of bodies that an answer may send people to
	Hosts       []string // hosts, with those below them, that links may lead to; none: any
	Retired     []string // links of services that exist no more
	MaxBytes    int      // what the platform takes, 0 for any
	MaxRunes    int
}

// Checker checks what goes out with a list and the empty phrases.
type Checker struct {
	List  *List
	Empty *List
}

// Inbound returns the words of a text a citizen wrote.
func (c Checker) Inbound(s string) []Finding { return place(s, words(c.List.Find(s, In))) }

// Outbound returns everything a person must see before the text leaves, the
// gravest first and then in order of place.
func (c Checker) Outbound(s string, scene Scene) []Finding {
	found := words(c.List.Find(s, Out))
	found = append(found, personal(s, scene)...)
	found = append(found, c.empty(s, scene)...)
	found = append(found, links(s, scene)...)
	found = append(found, accounts(s, scene)...)
	found = append(found, length(s, scene)...)
	found = append(found, blanks(s)...)
	return place(s, found)
}

// Gravest is the level that decides about findings: Block, Approve, Warn, or ""
// for none. Urgent words say nothing about what goes out.
func Gravest(found []Finding) Level {
	level := Level("")
	for _, f := range found {
		if f.Level != Urgent && (level == "" || f.Level.rank() < level.rank()) {
			level = f.Level
		}
	}
	return level
}

// maxFindings bounds what one text can lead to.
const maxFindings = 100

// place turns bytes into characters and puts findings in order.
func place(s string, found []Finding) []Finding {
	slices.SortStableFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Level.rank(), b.Level.rank()), cmp.Compare(a.From, b.From), cmp.Compare(b.To, a.To))
	})
	found = found[:min(len(found), maxFindings)]
	for i := range found {
		f := &found[i]
		runes := utf8.RuneCountInString(s[:f.From])
		f.From, f.To = runes, runes+utf8.RuneCountInString(s[f.From:f.To])
	}
	return found
}

func words(hits []Hit) []Finding {
	out := make([]Finding, 0, len(hits))
	for _, h := range hits {
		out = append(out, Finding{
			Rule: RuleWord, Kind: h.Word.Category, Level: h.Word.Level, WordID: h.Word.ID, Word: h.Word.Text, From: h.From, To: h.To,
			Message: fmt.Sprintf(wordSentences[h.Word.Level], h.Word.Text),
		})
	}
	return out
}

var wordSentences = map[Level]string{
	Block: "“%s”不得出现在答复中", Approve: "“%s”须经他人审核后发送", Warn: "“%s”请确认用词", Urgent: "“%s”属于紧急情形",
}

// personalNames are the kinds of personal data that are found, as people say
// them.
var personalNames = map[mask.Kind]string{
	mask.Identity: "身份证号", mask.Phone: "手机号", mask.Card: "银行卡号", mask.Number: "较长的号码", mask.Plate: "车牌号",
}

// personal finds a citizen's data. A landline and a mail address are an office's
// as a rule; in public, identity numbers and cards do not leave at all.
func personal(s string, scene Scene) []Finding {
	var out []Finding
	for _, found := range mask.Numbers(s) {
		name := personalNames[found.Kind]
		if name == "" || found.Kind == mask.Phone && !mobile(found.Value) {
			continue
		}
		f := Finding{Rule: RulePersonal, Kind: string(found.Kind), Level: Warn, From: found.From, To: found.To, Message: "含有" + name + "，请确认可以告知对方"}
		if scene.Public {
			f.Level, f.Message = Approve, "公开答复含有"+name+"，须经他人审核"
			if found.Kind == mask.Identity || found.Kind == mask.Card {
				f.Level, f.Message = Block, "公开答复不得含有"+name
			}
		}
		out = append(out, f)
	}
	return out
}

// mobile reports whether a phone number, in digits, is a mobile one.
func mobile(digits string) bool {
	n := len(digits)
	return n >= 11 && digits[n-11] == '1' && digits[n-10] >= '3'
}

func length(s string, scene Scene) []Finding {
	if scene.MaxBytes > 0 && len(s) > scene.MaxBytes {
		at := scene.MaxBytes
		for at > 0 && !utf8.RuneStart(s[at]) {
			at--
		}
		return []Finding{{Rule: RuleLength, Kind: "bytes", Level: Block, From: at, To: len(s),
			Message: fmt.Sprintf("超过平台上限：最多 %d 字节，现在是 %d 字节", scene.MaxBytes, len(s))}}
	}
	if n := utf8.RuneCountInString(s); scene.MaxRunes > 0 && n > scene.MaxRunes {
		return []Finding{{Rule: RuleLength, Kind: "runes", Level: Block, From: byteOf(s, scene.MaxRunes), To: len(s),
			Message: fmt.Sprintf("超过平台上限：最多 %d 字，现在是 %d 字", scene.MaxRunes, n)}}
	}
	return nil
}

// byteOf is where the character numbered n begins.
func byteOf(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}
