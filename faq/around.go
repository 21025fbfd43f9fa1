package faq

import (
	"regexp"
	"strings"
	"unicode"
)

// Gives reports whether a text that is sent gives the answer as it stands, with
// nothing of substance around it: a greeting, thanks, a signature and where to
// ask further are none; one more paper to bring is.
func (c Content) Gives(text string) bool { return Gives(text, c.Answer) }

// Gives is Content.Gives for the words of an answer alone.
func Gives(text, answer string) bool {
	before, after, found := strings.Cut(text, strings.TrimSpace(answer))
	return found && courteous(before) && courteous(after)
}

// courtesy is what a clause of courtesy is made of, without its signs: polite
// words, a salutation, the opening and the close of an official answer, where to
// ask further, who signs and when.
var courtesy = regexp.MustCompile(`^(?:` + strings.Join([]string{
	`您好|你好|大家好|早上好|上午好|中午好|下午好|晚上好|hello|hi|亲|哈|呢|哦|了|啦|的|我|您|你`,
	`尊敬的?|亲爱的|市民|网友|朋友|群众|用户|留言人|先生|女士|同学|老师|\p{Han}{1,2}(?:先生|女士|同学|老师)`,
	`非常|十分|万分|衷心|再次|感谢|谢谢|多谢|辛苦|不客气|不用谢|抱歉|对不起|不好意思|让您久等|久等|理解|支持|配合|关注|信任|来信|留言|咨询|提问|反映|对我们工作的?|对我们的?|工作`,
	`(?:关于|针对|对于?|就)?(?:您|你)(?:所|刚才|刚刚|之前)?(?:咨询|反映|提出|留言|来信|询问|问)的?.{0,30}(?:问题|事项|事宜|诉求|情况|内容)|您的(?:来信|留言|咨询|问题|诉求)(?:已经?)?(?:收悉|收到|知悉)?|收悉|已?收到`,
	`经(?:核实|了解|查询|研究)|现(?:将|就)?(?:有关|相关)?(?:情况|问题)?|(?:答复|回复|回答|解答|说明)(?:如下|如前)?|以上(?:是|为|内容|答复|回复|信息|就是)*|仅?供(?:您|你)?参考|希望|能|对您|有所?帮助|有帮助|帮到您|帮助|特此|此复`,
	`祝您?|祝|生活愉快|工作顺利|身体健康|万事如意|阖家幸福|幸福|愉快|顺利|健康|顺心|一切|好|再见`,
	`如果?|若|您?还|仍?有|其他|其它|任何|更多|进一步|不明白|不清楚|不明之处|需要?|了解|疑问|疑义|问题|情况|可以?|欢迎|请|随时|继续|再次|直接|拨打|致电|来电|打电话|电联|联系|咨询|询问|留言|回复|私信|我们|我局|我中心|我单位|工作人员|客服|服务|热线|电话|联系电话|咨询电话|热线电话|政务服务|便民|市民热线|市长热线|或者?|和|与|也|在|后台|公众号|在线|工作日|工作时间|上班时间|时间|内|进行|具体`,
	`\d{3,}|\d{4}年\d{1,2}月\d{1,2}日|转\d+`,
}, `|`) + `)+$`)

// signature is the name of an office that stands alone, or before its number.
var signature = regexp.MustCompile(`^[^带交到去至在向凭需须应找填改缴补附为]{2,12}(?:局|中心|委|委员会|办|办公室|所|站|科|处|窗口|大厅|街道|政府|热线|平台)(?:(?:咨询|联系|服务|热线)?(?:电话|热线)\d*|\d{5,})?$`)

// courteous reports whether a text is courtesy, clause by clause.
func courteous(s string) bool {
	ends := func(r rune) bool {
		return r == '\n' || strings.ContainsRune("，。；：！？、（）《》【】“”,.;:!?()\"[]…~～", r)
	}
	for clause := range strings.FieldsFuncSeq(strings.ToLower(s), ends) {
		clause = strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				return r
			}
			return -1
		}, clause)
		if clause != "" && !courtesy.MatchString(clause) && !signature.MatchString(clause) {
			return false
		}
	}
	return true
}
