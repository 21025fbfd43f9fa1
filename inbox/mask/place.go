package mask

import (
	"regexp"
	"strings"
)

var (
	// A way or a place people live at, followed by a house number …
	houseForm = regexp.MustCompile(`[\p{Han}A-Za-z0-9]{0,24}?(?:大道|路|街|巷|弄|胡同|里|村|庄|屯|小区|花园|家园|公寓|苑|城|府|湾|组|社区)` +
		`[\p{Han}A-Za-z0-9\-#]{0,8}?[0-9零一二三四五六七八九十百]+[ ]?` + unit + `(?:[ ]?[0-9A-Za-z\-零一二三四五六七八九十]*[ ]?` + unit + `)*(?:[0-9]{2,4})?`)
	// … or a building and a room without one.
	roomForm = regexp.MustCompile(`[0-9A-Za-z]+(?:栋|幢|座|号楼)[ ]?(?:[0-9一二三四五六七八九十]+单元)?[ ]?[0-9]{2,4}(?:室|号|户)?`)
)

const unit = `(?:号院|号楼|号|弄|栋|幢|座|楼|层|单元|室|户|门)`

// cues end what people say before an address.
var cues = []string{"地址是", "地址为", "地址", "住在", "家住", "现住", "租住", "居住", "位于", "户口在", "户籍在", "我在", "家在", "房子在", "在", "到", "从", "于", "住", "是", "的"}

// addresses finds places with a house number; a way or a district alone is what
// many questions are about and names nobody.
func addresses(s string) []span {
	var out []span
	for _, form := range []*regexp.Regexp{houseForm, roomForm} {
		for _, at := range form.FindAllStringIndex(s, -1) {
			from := at[0] + afterCue(s[at[0]:at[1]])
			out = append(out, span{from, at[1], Address, s[from:at[1]]})
		}
	}
	return out
}

// afterCue is where the address begins in what the form found: behind the last
// cue of its words before the first digit.
func afterCue(found string) int {
	words := found
	if i := strings.IndexAny(found, "0123456789"); i >= 0 {
		words = found[:i]
	}
	begin := 0
	for _, cue := range cues {
		if i := strings.LastIndex(words, cue); i >= 0 && i+len(cue) > begin && i+len(cue) < len(words) {
			begin = i + len(cue)
		}
	}
	return begin
}
