package mask

import (
	"regexp"
	"slices"
	"strings"
)

// How people tell their name. After a strong cue whatever follows is a name
// when it begins with a family name; after a weak one it must also end where a
// name would.
var (
	strongCue = regexp.MustCompile(`(?:姓\p{Han}{1,2}[，,。 ]{1,3}(?:我|名字|全名)?叫|我叫|名叫|名字叫|名字是|名字为|姓名|联系人|称呼我|本人叫|户主叫|申请人|当事人|收件人|署名|(?:` + people + `)叫)[是为叫 :]{0,3}`)
	weakCue   = regexp.MustCompile(`(?:我是|本人|户主|法人|房主|业主|我爸|我妈|我父亲|我母亲|我老公|我老婆|我丈夫|我妻子|我儿子|我女儿|我孩子)`)
)

// people are those whose names people tell.
const people = `孩子|儿子|女儿|父亲|母亲|爸爸|妈妈|我爸|我妈|爱人|丈夫|妻子|老公|老婆|老伴|配偶|对象|男友|女友|男朋友|女朋友|哥哥|弟弟|姐姐|妹妹|爷爷|奶奶|姥姥|姥爷|外公|外婆|` +
	`孙子|孙女|外孙|外孙女|岳父|岳母|公公|婆婆|女婿|儿媳|叔叔|阿姨|舅舅|姑姑|姑妈|表哥|表弟|表姐|表妹|宝宝|小孩|娃|老人|家属|亲属|朋友|同事|同学|邻居|室友|房东`

// twoPart and family are the family names of nearly everybody in China.
const (
	twoPart = "欧阳 司马 上官 诸葛 皇甫 尉迟 公孙 慕容 司徒 令狐 夏侯 宇文 端木 呼延 轩辕 独孤 司空 西门 东郭 淳于 单于 太史 申屠 仲孙 钟离 鲜于 闻人 澹台 公冶 宗政 濮阳 赫连 万俟 闾丘 梁丘 左丘 公羊 谷梁 拓跋 完颜 纳兰 叶赫 太叔 羊舌 微生 乐正 公西 巫马"
	// ordinaryTwo are words of their own too: they count after a strong cue alone.
	ordinaryTwo = "东方 南宫 百里 长孙 第五"
	// rare are family names that a strong cue must precede, for the same reason.
	rare   = "岑曲鞠苗宗丛隋楚佟焦纪舒屈项祝闵芦麻席季景鄢储靳晋窦蔺匡栾尤冼卜艾吉荣虞竺巫乌敖冷阚揭苟隆茹封漆滕蒲湛谌占巩郎甄尉"
	family = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔温樊葛颜梅阎岳齐翟骆殷耿庞聂柳甘施左游祁詹俞柯章管柴蒙包单霍裴涂翁安卞庄阮凌尚鲍牛娄关童古喻简耿饶盛池宁卓冉晏迟桂柏邢穆申"
)

// after are characters that follow a name rather than belong to it.
const after = "的是在住想要请问电手身今年岁男女我于从因已有没和与及等先小同，。、；：！？,.;:!?（）() \n\t"

// ordinary words begin with a family name and follow a weak cue without being a
// name: where people come from, what they are, how they go on.
const ordinary = "江西 江苏 江北 江南 江东 江门 安徽 安阳 安庆 安康 安置 武汉 武昌 温州 常州 常德 常住 常年 苏州 徐州 郑州 沈阳 唐山 宁波 宁夏 万州 万一 黄石 黄冈 黄山 金华 金融 金牌 " +
	"石家庄 石油 马上 马来 单身 单亲 单位 单独 白领 白天 高一 高二 高三 高中 高龄 高校 高级 高层 高考 程序 钟点 包工 包租 施工 庄稼 方便 关于 关注 康复 左右 任课 任教 严重 毛坯 孟加拉 向来 童工 申请 申报 " +
	"路过 史上 雷锋 时常 汤原 余杭 余姚 孝感 宁愿 凌晨 牛肉 古城 古镇 简单 管理 管道 管家 柳州 梅州 连云 贺州 龙岩 龙华 邢台 柏林"

// notName reports whether what follows a weak cue is an ordinary word.
func notName(name string) bool {
	runes := []rune(name)
	if strings.ContainsRune("人员户者族商", runes[len(runes)-1]) {
		return true
	}
	return slices.ContainsFunc(strings.Fields(ordinary), func(word string) bool { return strings.HasPrefix(name, word) })
}

// introduced returns the names people give in the text.
func introduced(s string) []string {
	out := latin(s)
	for _, at := range strongCue.FindAllStringIndex(s, -1) {
		if name := nameAt(s[at[1]:], true); name != "" {
			out = append(out, name)
		}
	}
	for _, at := range weakCue.FindAllStringIndex(s, -1) {
		if name := nameAt(s[at[1]:], false); name != "" && !notName(name) {
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
	switch two := string(runes[:min(2, size)]); {
	case size >= 2 && slices.Contains(strings.Fields(twoPart), two), size >= 2 && sure && slices.Contains(strings.Fields(ordinaryTwo), two):
		if begin = 2; size == 2 {
			return two
		}
	case size == 0, !strings.ContainsRune(family, runes[0]) && (!sure || !strings.ContainsRune(rare, runes[0])):
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

var (
	// A name in Latin letters after a strong cue: up to four words, however they
	// are written …
	latinSure = regexp.MustCompile(`(?i)(?:\b(?:my (?:full )?name(?: is|'s|:)|name is|call me|named)[ ]+|(?:我叫|名叫|名字叫|名字是|名字为|姓名|联系人|本人叫|署名|(?:` + people + `)叫)[是为叫 :]{0,3})([a-z][a-z'\-]+(?:[ ·.]{1,2}[a-z][a-z'\-]*){0,3})`)
	// … and after a weak one: two words or more that begin as names do, or one
	// with which the sentence ends.
	latinWeak = regexp.MustCompile(`(?:\b(?:I am|I'm|I’m|i am|i'm|This is|this is)[ ]+|我是[ ]?|本人[ ]?)([A-Z][a-z'\-]+(?:[ ·.]{1,2}[A-Z][A-Za-z'\-]*){1,3}|[A-Z][a-z'\-]+[ ]?(?:[,.，。!！;；]|$))`)
)

// goesOn are words with which a sentence goes on after a name, and what people
// are rather than are called.
const goesOn = "a an the and from i my is am was are in at of to not now here have has living looking writing asking phone tel mobile email wechat want wanted need would could please with for but " +
	"chinese american british canadian australian french german japanese korean russian indian italian spanish vip hr it student teacher sorry glad happy sure"

// latin returns the names in Latin letters that people give in the text.
func latin(s string) []string {
	var out []string
	for _, form := range []*regexp.Regexp{latinSure, latinWeak} {
		for _, at := range form.FindAllStringSubmatch(s, -1) {
			words := strings.FieldsFunc(at[1], func(r rune) bool { return !strings.ContainsRune("'-", r) && !letter(r) })
			for i, word := range words {
				if slices.Contains(strings.Fields(goesOn), strings.ToLower(word)) {
					words = words[:i]
					break
				}
			}
			if len(words) == 0 {
				continue
			}
			// The whole as it stands, and each part: people shorten their name.
			out = append(out, at[1][:end(at[1], words)])
			for _, word := range words {
				if len(words) > 1 && len(word) > 2 && word[0] < 'a' {
					out = append(out, word)
				}
			}
		}
	}
	return out
}

// end is where the last of the words, which stand in the text in order, ends.
func end(s string, words []string) int {
	at := 0
	for _, word := range words {
		at += strings.Index(s[at:], word) + len(word)
	}
	return at
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
