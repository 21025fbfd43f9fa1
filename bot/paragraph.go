package bot

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	// politeForm is a clause that greets, thanks or takes leave and states nothing.
	politeForm = regexp.MustCompile(`^(?:(?:尊敬的)?\p{Han}{0,3}(?:市民|网友|先生|女士|朋友|同志|家长|群众)(?:朋友)?(?:您好|你好)?|您好|你好|(?:非常|衷心)?(?:感谢|谢谢)(?:您|你)?(?:的|对)?\p{Han}{0,12}|祝(?:您|你)?\p{Han}{0,10}|` +
		`如(?:果)?(?:您)?(?:还)?(?:有|仍有)(?:其他|任何|其它|更多)?(?:疑问|问题|需要)|(?:请|欢迎|可以|可)?(?:您)?(?:随时|继续|再次|再)*(?:给我们|与我们)?(?:留言|联系我们|咨询我们|咨询|联系)|欢迎\p{Han}{0,4}(?:留言|咨询)|(?:我们)?(?:将|会)?竭诚为您服务|此复|特此(?:回复|答复)|再见)$`)
	// leadForm announces what stands in the lines below.
	leadForm  = regexp.MustCompile(`(?:如下|以下|下列)\p{Han}{0,12}[:：]$|(?:答复|回复|说明)[:：]$`)
	clauseEnd = regexp.MustCompile(`[，。！？；、,.!?;:：~～\s]+`)
)

// maxLead is the longest line that only announces others, in characters.
const maxLead = 60

// uncited returns the first paragraph of an answer that states something and
// names no entry, "" for none. The lines of a list, and the line that leads to it,
// are one paragraph.
func uncited(answer string) string {
	states, marked := "", true // of the paragraph so far
	for _, line := range strings.Split(answer, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		item := listForm.MatchString(folded(line))
		if !item {
			if !marked && states != "" {
				return states
			}
			states, marked = "", false
		}
		marked = marked || markForm.MatchString(line)
		if states == "" && !polite(line) && (item || !lead(line)) {
			states = line
		}
	}
	if marked {
		return ""
	}
	return states
}

func lead(line string) bool {
	return utf8.RuneCountInString(line) <= maxLead && leadForm.MatchString(line)
}

func polite(line string) bool {
	for _, clause := range clauseEnd.Split(line, -1) {
		if clause != "" && !politeForm.MatchString(clause) {
			return false
		}
	}
	return true
}
