package config

import (
	"log/slog"
	"strings"
	"time"
)

const envPrefix = "DESK_"

// envOf is the variable of a key: "wechat.api_base" is DESK_WECHAT_API_BASE.
func envOf(key string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// settings is the one table of what can be set, in the order of the documentation.
// A new setting is a field of Config, its default, a row here and its lines in
// configs/desk.yaml; the tests compare the four.
func settings(c *Config) []setting {
	const day = 24 * time.Hour
	all := []setting{
		text("addr", &c.Addr, "host:port such as 127.0.0.1:8080 or :8080", isAddr),
		text("data_dir", &c.DataDir, "the path of a folder", notEmpty),
		secret("database_url", &c.DatabaseURL, "empty (SQLite in data_dir) or postgres:// and the address of a database", hasScheme("postgres", "postgresql")),
		secret("redis_url", &c.RedisURL, "empty or redis://host:port/0 or rediss://…", hasScheme("redis", "rediss")),
		secret("admin_password", &c.AdminPassword, "at most 256 bytes without control characters", isPassword),
		endpoint("base_url", &c.BaseURL, "empty (http:// and addr) or a URL such as https://desk.example.gov.cn"),
		secret("secret_key", &c.SecretKey, "empty (a key is made and kept in data_dir) or 32 bytes as base64 or hexadecimal", isKey),

		level("log.level", &c.Log.Level, slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError),
		choice("log.format", &c.Log.Format, LogText, LogJSON),

		endpoint("wechat.api_base", &c.WeChat.APIBase, "a URL such as https://api.weixin.qq.com").required(),
		duration("wechat.freshness", &c.WeChat.Freshness, time.Second, day),
		duration("wechat.http_timeout", &c.WeChat.HTTPTimeout, 100*time.Millisecond, 2*time.Minute),

		duration("inbox.first_reply", &c.Inbox.FirstReply, time.Second, 365*day),
		duration("inbox.next_reply", &c.Inbox.NextReply, time.Second, 365*day),
		percentages("inbox.warn_at", &c.Inbox.WarnAt),
		duration("inbox.reopen_within", &c.Inbox.ReopenWithin, 0, 365*day),
		duration("inbox.undo_within", &c.Inbox.UndoWithin, 0, 10*time.Minute),
		text("inbox.timezone", &c.Inbox.Timezone, "an IANA time zone such as Asia/Shanghai", isZone),

		hosts("checks.hosts", &c.Checks.Hosts),
		number("checks.spike_messages", &c.Checks.SpikeMessages, 0, 100_000),
		duration("checks.spike_within", &c.Checks.SpikeWithin, time.Minute, day),

		yesNo("library.four_eyes", &c.Library.FourEyes),
		daysBefore("library.remind_days", &c.Library.RemindDays),

		number("live.keep", &c.Live.Keep, 100, 10_000_000),
		duration("live.keep_for", &c.Live.KeepFor, day, 3650*day),

		readers("privacy.plain_to", &c.Privacy.PlainTo),
		duration("privacy.reveal_for", &c.Privacy.RevealFor, time.Minute, day),

		duration("session.lifetime", &c.Session.Lifetime, time.Minute, 90*day),
		duration("session.idle", &c.Session.Idle, time.Minute, 90*day),
		duration("session.link_lifetime", &c.Session.LinkLifetime, time.Minute, 90*day),
		choice("session.secure_cookies", &c.Session.SecureCookies, CookieAuto, CookieSecure, CookiePlain),

		size("http.body_limit", &c.HTTP.BodyLimit, 16<<10, 1<<30),
		duration("http.shutdown_timeout", &c.HTTP.ShutdownTimeout, time.Second, 10*time.Minute),
		networks("http.trusted_proxies", &c.HTTP.TrustedProxies),

		number("jobs.workers", &c.Jobs.Workers, 1, 256),

		duration("notify.timeout", &c.Notify.Timeout, 100*time.Millisecond, time.Minute),
		yesNo("notify.allow_http", &c.Notify.AllowHTTP),
		networks("notify.allowed_networks", &c.Notify.AllowedNetworks),
		number("notify.robot_per_minute", &c.Notify.RobotPerMinute, 1, 10_000),
		codes("notify.robot_slow_codes", &c.Notify.RobotSlowCodes),
		duration("notify.keep_for", &c.Notify.KeepFor, day, 3650*day),
	}
	all = append(all, model("llm", &c.LLM)...)
	all = append(all,
		duration("drafts.timeout", &c.Drafts.Timeout, time.Second, 55*time.Second),
		duration("drafts.stall", &c.Drafts.Stall, 100*time.Millisecond, 55*time.Second),
		number("drafts.tokens_per_day", &c.Drafts.TokensPerDay, 20_000, 1_000_000_000),
		number("drafts.calls_per_minute", &c.Drafts.CallsPerMinute, 1, 10_000),
		number("drafts.cost_in", &c.Drafts.CostIn, 0, 100_000_000),
		number("drafts.cost_out", &c.Drafts.CostOut, 0, 100_000_000),
	)
	return append(all, model("embed", &c.Embed)...)
}

func model(group string, m *Model) []setting {
	return []setting{
		endpoint(group+".base_url", &m.BaseURL, "empty (off) or the URL of an OpenAI-compatible API, such as http://127.0.0.1:11434/v1"),
		secret(group+".api_key", &m.APIKey, "a key without spaces or control characters", isToken),
		text(group+".model", &m.Model, "a model name of at most 200 bytes", isModel),
	}
}

// Setting describes one row of the table, for help texts and checks.
type Setting struct {
	Key     string
	Env     string
	Allowed string
	// Value is how the current value is written in the file; "[redacted]" for a
	// secret that is set.
	Value string
}

// Describe lists every setting of c with its names and its present value.
func (c Config) Describe() []Setting {
	rows := settings(&c)
	out := make([]Setting, len(rows))
	for i, s := range rows {
		out[i] = Setting{Key: s.key, Env: envOf(s.key), Allowed: s.allowed, Value: s.show()}
	}
	return out
}

// Validate returns every problem of c at once as Problems, or nil. Load has
// called it already; it is for settings that were made by hand.
func (c Config) Validate() error {
	return check(&c, settings(&c), nil).asError()
}

// check finds the values that are not allowed; where says which source each key
// came from.
func check(c *Config, rows []setting, where map[string]string) Problems {
	var found Problems
	for _, s := range rows {
		if !s.ok() {
			found = append(found, s.refuse(s.show(), where[s.key]))
		}
	}
	conflict := func(key, detail string) {
		found = append(found, Problem{Key: key, Env: envOf(key), Where: where[key], Detail: detail})
	}
	if c.Session.Idle > c.Session.Lifetime {
		conflict("session.idle", "must not be longer than session.lifetime ("+showDuration(c.Session.Lifetime)+")")
	}
	for _, part := range []struct {
		group string
		m     Model
	}{{"llm", c.LLM}, {"embed", c.Embed}} {
		group, m := part.group, part.m
		switch {
		case m.Enabled() && m.Model == "":
			conflict(group+".model", "must name a model when "+group+".base_url is set")
		case !m.Enabled() && (m.APIKey.IsSet() || m.Model != ""):
			conflict(group+".base_url", "must be set when "+group+".api_key or "+group+".model is")
		}
	}
	return found
}
