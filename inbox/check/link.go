package check

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Web addresses, and what was meant to be one.
var linkForm = regexp.MustCompile(`(?i)(?:https?:?/{1,3}|ftp://|www\.)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*`)

// Links returns the web addresses of a text as they stand there, at most 20.
func Links(s string) []string {
	var out []string
	for _, at := range linkSpans(s) {
		out = append(out, s[at[0]:at[1]])
	}
	return out
}

const maxLinks = 20

func linkSpans(s string) [][2]int {
	var out [][2]int
	for _, at := range linkForm.FindAllStringIndex(s, maxLinks) {
		text := strings.TrimRight(s[at[0]:at[1]], ".,;:!?)'")
		out = append(out, [2]int{at[0], at[0] + len(text)})
	}
	return out
}

// links finds addresses that lead nowhere, or where nobody should be sent.
func links(s string, scene Scene) []Finding {
	var out []Finding
	for _, at := range linkSpans(s) {
		kind, message := linkFault(s[at[0]:at[1]], scene)
		if kind != "" {
			out = append(out, Finding{Rule: RuleLink, Kind: kind, Level: Warn, From: at[0], To: at[1], Message: message})
		}
	}
	return out
}

// linkFault says what is wrong with an address, "" for nothing.
func linkFault(link string, scene Scene) (kind, message string) {
	if slices.Contains(scene.Retired, link) {
		return "retired", "这是已停用事项的办事链接"
	}
	if strings.HasPrefix(strings.ToLower(link), "www.") {
		link = "http://" + link
	}
	u, err := url.Parse(link)
	if err != nil || u.Hostname() == "" || !strings.Contains(strings.Trim(u.Hostname(), "."), ".") || strings.Contains(u.Hostname(), "..") {
		return "broken", "链接不完整或有误"
	}
	if !known(strings.ToLower(u.Hostname()), scene.Hosts) {
		return "unknown_host", "链接的网站不在常用网站之列，请核对"
	}
	if u.Scheme != "https" {
		return "not_https", "链接不是 https，部分手机会拦截"
	}
	return "", ""
}

// known reports whether a host is one of the hosts or below one.
func known(host string, hosts []string) bool {
	return len(hosts) == 0 || slices.ContainsFunc(hosts, func(h string) bool {
		return host == h || strings.HasSuffix(host, "."+h)
	})
}

// platformWords are how a text names a platform as its own.
var platformWords = map[string][]string{
	"wechat": {"微信", "公众号"}, "weibo": {"微博"}, "douyin": {"抖音"}, "kuaishou": {"快手"}, "xiaohongshu": {"小红书"}, "toutiao": {"头条"},
}

// ownCues come before a platform that a text says it is written on.
var ownCues = []string{"本", "我们的", "我们", "关注", "私信"}

// accounts finds the name of another account, and a platform that is not this
// one where the text speaks of its own.
func accounts(s string, scene Scene) []Finding {
	var out []Finding
	for _, name := range scene.Others {
		if utf8.RuneCountInString(name) < 2 || name == scene.Account || strings.Contains(scene.Account, name) {
			continue
		}
		if at := strings.Index(s, name); at >= 0 && !inside(s, at, len(name), scene.Account) {
			out = append(out, Finding{Rule: RuleAccount, Kind: "other_account", Level: Warn, From: at, To: at + len(name),
				Message: "文中写的是另一个账号“" + name + "”，本账号是“" + scene.Account + "”"})
		}
	}
	for platform, names := range platformWords {
		if platform == scene.Platform || scene.Platform == "simulator" || platformWords[scene.Platform] == nil {
			continue
		}
		for _, name := range names {
			for _, cue := range ownCues {
				if at := strings.Index(s, cue+name); at >= 0 {
					out = append(out, Finding{Rule: RuleAccount, Kind: "other_platform", Level: Warn, From: at, To: at + len(cue+name),
						Message: "文中提到的平台与本账号不符"})
				}
			}
		}
	}
	return out
}

// inside reports whether the place belongs to a longer name.
func inside(s string, at, size int, name string) bool {
	for from := 0; name != ""; {
		i := strings.Index(s[from:], name)
		if i < 0 {
			return false
		}
		if from+i <= at && at+size <= from+i+len(name) {
			return true
		}
		from += i + len(name)
	}
	return false
}
