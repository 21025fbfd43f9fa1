package wechat

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"replydesk/inbox/desk"
)

// Mode is how the platform delivers, as chosen in its console (消息加解密方式).
type Mode string

// The three modes. Safe is the default: in plain mode nothing protects the
// body of a push.
const (
	Plain      Mode = "plain"
	Compatible Mode = "compatible"
	Safe       Mode = "safe"
)

// Settings are one official account's settings, as stored in channel.Account.
type Settings struct {
	AppID          string `json:"app_id"`
	AppSecret      string `json:"app_secret"`
	Token          string `json:"token"`
	EncodingAESKey string `json:"encoding_aes_key,omitempty"` // may be empty in plain mode only
	PreviousAESKey string `json:"previous_aes_key,omitempty"` // still accepted while a key change spreads
	Mode           Mode   `json:"mode,omitempty"`             // "" is Safe
	OriginalID     string `json:"original_id,omitempty"`      // gh_…; set: pushes to another id become dead letters
	APIBase        string `json:"api_base,omitempty"`         // replaces the platform's default for this account
}

// settingNames says of each setting whether it is secret.
var settingNames = map[string]bool{
	"app_id": false, "app_secret": true, "token": true, "encoding_aes_key": true, "previous_aes_key": true,
	"mode": false, "original_id": false, "api_base": false,
}

// SecretSettings returns the names of the settings that must never be shown
// again once stored, sorted.
func (p *Platform) SecretSettings() []string {
	var secret []string
	for _, name := range slices.Sorted(maps.Keys(settingNames)) {
		if settingNames[name] {
			secret = append(secret, name)
		}
	}
	return secret
}

// Confirmed implements channel.Platform: api_base is where app_secret is sent,
// and with another app_id the old secret is of no use.
func (p *Platform) Confirmed() map[string]string {
	return map[string]string{"api_base": "app_secret", "app_id": "app_secret"}
}

// Identity implements channel.Platform.
func (p *Platform) Identity() string { return "app_id" }

// ParseSettings reads and checks an account's settings. The error is an Invalid
// with one Field for each fault, named "settings.<name>".
func ParseSettings(raw json.RawMessage) (Settings, error) {
	var loose map[string]json.RawMessage
	if err := json.Unmarshal(raw, &loose); err != nil || loose == nil {
		return Settings{}, desk.InvalidField("settings", "应为一个 JSON 对象")
	}
	var faults []desk.Field
	fault := func(name, message string) {
		faults = append(faults, desk.Field{Name: "settings." + name, Message: message})
	}
	for _, name := range slices.Sorted(maps.Keys(loose)) {
		var text string
		if _, known := settingNames[name]; !known {
			fault(name, "没有这个设置项")
		} else if json.Unmarshal(loose[name], &text) != nil {
			fault(name, "应为字符串")
		}
	}
	if len(faults) > 0 {
		return Settings{}, invalidSettings(faults)
	}
	var s Settings
	if err := json.Unmarshal(raw, &s); err != nil {
		return Settings{}, desk.InvalidField("settings", "无法读取")
	}
	if s.Mode == "" {
		s.Mode = Safe
	}
	s.check(fault)
	if len(faults) > 0 {
		return Settings{}, invalidSettings(faults)
	}
	return s, nil
}

// check reports each setting that cannot work. The shapes follow the console;
// the token may hold hyphens, which the platform tolerates.
func (s Settings) check(fault func(name, message string)) {
	if !strings.HasPrefix(s.AppID, "wx") || !identifier(s.AppID, 64) {
		fault("app_id", "应为以 wx 开头的 AppID")
	}
	if !identifier(s.AppSecret, 128) {
		fault("app_secret", "必填，只含字母和数字")
	}
	if len(s.Token) < 3 || !identifier(s.Token, 32) {
		fault("token", "应为 3 到 32 位字母或数字")
	}
	switch s.Mode {
	case Plain, Compatible, Safe:
	default:
		fault("mode", "应为 plain、compatible 或 safe")
	}
	if s.EncodingAESKey == "" && s.Mode != Plain {
		fault("encoding_aes_key", "兼容模式和安全模式必填")
	}
	for name, key := range map[string]string{"encoding_aes_key": s.EncodingAESKey, "previous_aes_key": s.PreviousAESKey} {
		if _, err := newKey(key); key != "" && err != nil {
			fault(name, "应为 43 位字母或数字")
		}
	}
	if s.OriginalID != "" && (!strings.HasPrefix(s.OriginalID, "gh_") || !identifier(s.OriginalID, 64)) {
		fault("original_id", "应为以 gh_ 开头的原始 ID")
	}
	if _, err := parseBase(s.APIBase); err != nil {
		fault("api_base", "应为 http 或 https 地址，不含参数和账号")
	}
}

func invalidSettings(faults []desk.Field) error {
	slices.SortStableFunc(faults, func(a, b desk.Field) int { return strings.Compare(a.Name, b.Name) })
	return &desk.Error{Code: desk.Invalid, Message: "公众号设置有误", Fields: faults}
}

// identifier reports whether s is 1 to limit letters, digits, '-' or '_'.
func identifier(s string, limit int) bool {
	return s != "" && len(s) <= limit && alphanumeric(strings.NewReplacer("-", "", "_", "").Replace(s))
}

// parseBase reads a base URL; nil for "". It may carry a path, which is put
// before the path of every call.
func parseBase(base string) (*url.URL, error) {
	if base == "" {
		return nil, nil
	}
	u, err := url.Parse(base)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, desk.Errorf(desk.Invalid, "接口地址有误")
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	u.RawPath = ""
	return u, nil
}
