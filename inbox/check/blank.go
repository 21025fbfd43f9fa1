package check

import "regexp"

// Blank is what stands in a text where somebody has to write something. A text
// with one does not leave.
func Blank(what string) string { return "【请填写：" + what + "】" }

var blank = regexp.MustCompile(`【请填写：[^【】\n]{1,20}】`)

// blanks finds what nobody has filled in.
func blanks(s string) []Finding {
	var out []Finding
	for _, at := range blank.FindAllStringIndex(s, -1) {
		out = append(out, Finding{Rule: RuleBlank, Level: Block, From: at[0], To: at[1], Message: "这里还没有填写"})
	}
	return out
}
