package wechat

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"replydesk/inbox/channel"
)

// verdict is what a code of the platform means for a reply.
type verdict struct {
	outcome channel.Outcome
	after   time.Duration
	text    string // for staff
}

// Waits after the codes that pass by themselves.
const (
	busyWait = 3 * time.Second
	rateWait = time.Minute
)

// verdicts is the platform's error table (客服消息, 留言 and global codes). What it does
// not list is permanent.
var verdicts = map[int64]verdict{
	-1:        {channel.Again, busyWait, "微信系统繁忙"},
	268487001: {channel.Again, busyWait, "微信系统暂时故障"},
	268487002: {channel.Again, busyWait, "微信系统暂时故障"},
	45011:     {channel.Again, rateWait, "接口调用过于频繁"},
	45009:     {channel.Again, 0, "接口当日调用次数已用完，北京时间零点后继续；请管理员关注"},

	43004: {channel.WindowClosed, 0, "市民未关注公众号，无法回复"},
	45015: {channel.WindowClosed, 0, "已超过可回复时限，或市民已取消关注"},
	45047: {channel.QuotaUsed, 0, "回复条数已达上限，需等市民再次发言"},

	40001: {channel.Credentials, 0, "access_token 无效，请检查 AppSecret"},
	40014: {channel.Credentials, 0, "access_token 不合法，请检查 AppID 和 AppSecret"},
	42001: {channel.Credentials, 0, "access_token 已过期且无法更新"},
	40002: {channel.Credentials, 0, "凭证类型不合法"},
	40013: {channel.Credentials, 0, "AppID 不正确"},
	40125: {channel.Credentials, 0, "AppSecret 不正确"},
	40243: {channel.Credentials, 0, "AppSecret 已被冻结，请在公众平台解冻"},
	41002: {channel.Credentials, 0, "缺少 AppID"},
	41004: {channel.Credentials, 0, "缺少 AppSecret"},
	40164: {channel.Credentials, 0, "服务器 IP 不在公众号的 IP 白名单中"},
	61004: {channel.Credentials, 0, "服务器 IP 未在第三方平台登记"},
	89503: {channel.Credentials, 0, "此 IP 的调用需要公众号管理员确认"},
	89506: {channel.Credentials, 0, "此 IP 的调用已被管理员拒绝，24 小时内不能再试"},
	89507: {channel.Credentials, 0, "此 IP 的调用已被管理员拒绝，1 小时内不能再试"},
	48001: {channel.Credentials, 0, "公众号没有此接口的权限，可能未认证"},
	48004: {channel.Credentials, 0, "公众号的接口已被封禁"},
	48006: {channel.Credentials, 0, "接口调用被拒绝"},
	88000: {channel.Credentials, 0, "公众号没有留言功能的权限，请管理员在公众平台确认是否已开通留言"},

	40003: {channel.Never, 0, "市民的 OpenID 无效"},
	40007: {channel.Never, 0, "素材不存在或已过期"},
	40200: {channel.Never, 0, "公众号类型不支持此功能"},
	41001: {channel.Never, 0, "缺少 access_token"},
	44004: {channel.Never, 0, "回复内容为空"},
	45002: {channel.Never, 0, "回复内容过长，最多 2048 字节"},
	45008: {channel.Never, 0, "图文条数超过限制"},
	50002: {channel.Never, 0, "用户受限"},
	50005: {channel.Never, 0, "用户未关注公众号"},
	70000: {channel.Never, 0, "因未成年人保护，消息被平台拦截"},
	88001: {channel.Never, 0, "文章不存在，或不是群发的文章，公众平台不提供它的留言"},
	88005: {channel.Never, 0, "这条留言已经回复过，每条留言只能回复一次；需要更正时，请先在公众平台删除原回复"},
	88007: {channel.Never, 0, "回复内容为空或过长，请修改后再发"},
	88008: {channel.Never, 0, "留言已被删除，无法回复"},
}

// result classifies the fault of a send.
func (f *fault) result(now time.Time) channel.Result {
	if f.api == nil {
		return f.networkResult()
	}
	v, known := verdicts[f.api.ErrCode]
	if !known {
		v = verdict{outcome: channel.Never, text: "微信拒绝了请求"}
	}
	if f.asking && v.outcome == channel.Never {
		v.outcome = channel.Credentials // an account that gets no token is for an administrator
	}
	r := channel.Result{
		Outcome: v.outcome, Code: strconv.FormatInt(f.api.ErrCode, 10), Message: f.sentence(), Detail: f.Error(),
		RetryAfter: v.after,
	}
	if f.api.ErrCode == 45009 {
		r.RetryAfter = untilMidnight(now)
	}
	return r
}

// networkResult classifies a fault below the platform's answers.
func (f *fault) networkResult() channel.Result {
	r := channel.Result{Outcome: channel.Again, Code: f.code, Detail: f.Error(), RetryAfter: f.after}
	r.Message = f.sentence() + "，这条答复没有发出"
	if f.left {
		r.Outcome, r.RetryAfter = channel.NotKnown, 0
		r.Message = "这条答复已交给微信，但" + f.sentence() + "，不能确定市民是否收到"
	}
	if f.code == "http_429" && r.RetryAfter == 0 {
		r.RetryAfter = rateWait
	}
	return r
}

// sentence tells people what happened, without codes and foreign words.
func (f *fault) sentence() string {
	switch {
	case f.api != nil:
	case f.code == "timeout":
		return "等待微信应答超时"
	case f.code == "network" && f.left:
		return "与微信的连接中断"
	case f.code == "network":
		return "没有连上微信"
	default:
		return "微信接口没有正常应答"
	}
	text := "微信拒绝了请求"
	if v, known := verdicts[f.api.ErrCode]; known {
		text = v.text
	}
	switch f.api.ErrCode {
	case 40164, 61004, 89503, 89506, 89507:
		if ip := firstIP(f.api.ErrMsg); ip != "" {
			text += "：" + ip
		}
	}
	return text
}

// report is the sentence with the platform's own words, which hold the request
// id its support asks for.
func (f *fault) report() string {
	return f.sentence() + "（" + f.Error() + "）"
}

// firstIP finds the address in an errmsg such as "invalid ip 192.0.2.7 ipv6
// ::ffff:192.0.2.7, not in whitelist".
func firstIP(message string) string {
	for _, word := range strings.FieldsFunc(message, func(r rune) bool { return strings.ContainsRune(" ,;()[]", r) }) {
		if ip, err := netip.ParseAddr(word); err == nil {
			return ip.Unmap().String()
		}
	}
	return ""
}

// untilMidnight is how long the platform's day still lasts.
func untilMidnight(now time.Time) time.Duration {
	year, month, day := now.In(beijing()).Date()
	return time.Date(year, month, day+1, 0, 0, 0, 0, beijing()).Sub(now)
}
