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

// How people tell their name. After a strong cue whatever follows is a name
// when it begins with a family name; after a weak one it must also end where a
// name would.
var (
	strongCue = regexp.MustCompile(`(?:我叫|名叫|名字叫|名字是|名字为|姓名|联系人|称呼我|本人叫|孩子叫|儿子叫|女儿叫|父亲叫|母亲叫|爱人叫|丈夫叫|妻子叫|户主叫|申请人|当事人|收件人|署名)[是为叫 :]{0,3}`)
	weakCue   = regexp.MustCompile(`(?:我是|本人|户主|法人|房主|业主|我爸|我妈|我父亲|我母亲|我老公|我老婆|我丈夫|我妻子|我儿子|我女儿|我孩子)`)
)

// twoPart and family are the family names of nearly everybody in China.
const (
	twoPart = "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 司徒 令狐 夏侯 长孙 宇文 端木 南宫 百里 呼延 轩辕 独孤"
	family  = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔温樊葛颜梅阎岳齐翟骆殷耿庞聂柳甘施左游祁詹俞柯章管柴蒙包单霍裴涂翁安卞庄阮凌尚鲍牛娄关童古喻简耿饶盛池宁卓冉晏迟桂柏邢穆申"
)

// after are characters that follow a name rather than belong to it.
const after = "的是在住想要请问电手身今年岁男女我于从因已有没和与及等先小同，。、；：！？,.;:!?（）() \n\t"

// introduced returns the names people give in the text.
func introduced(s string) []string {
	var out []string
	for _, at := range strongCue.FindAllStringIndex(s, -1) {
		if name := nameAt(s[at[1]:], true); name != "" {
			out = append(out, name)
		}
	}
	for _, at := range weakCue.FindAllStringIndex(s, -1) {
		if name := nameAt(s[at[1]:], false); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// maxName is the most characters of a name: two of a family name and two given.
const maxName = 4

// nameAt returns the name a text begins with, "" when it does not look like one.
func nameAt(s string, sure bool) string {
	runes := make([]rune, 0, maxName+1)
	for _, r := range s {
		if runes = append(runes, r); len(runes) > maxName {
			break
		}
	}
	size := 0
	for size < min(len(runes), maxName) && han(runes[size]) {
		size++
	}
	begin := 1
	if size > 2 && strings.Contains(twoPart, string(runes[:2])) {
		begin = 2
	} else if size == 0 || !strings.ContainsRune(family, runes[0]) {
		return ""
	}
	for length := begin + 1; length <= min(begin+2, size); length++ {
		if length == len(runes) || strings.ContainsRune(after, runes[length]) || !han(runes[length]) {
			return string(runes[:length])
		}
	}
	if sure && size >= begin+2 {
		return string(runes[:begin+2])
	}
	return ""
}

func han(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }
