// Package config holds the settings of the desk: one typed struct, put together
// once at start from the defaults, a YAML file and DESK_… variables (the later
// wins), checked as a whole and then handed on in parts. A key or variable that
// nothing reads is an error, so a misspelt setting cannot be ignored.
//
// The package opens nothing but the settings file. What a setting leads to (a
// database, a key file, a listener) belongs to the part that receives it.
package config

import (
	"log/slog"
	"net"
	"strings"
	"time"
)

// Config is every setting. Build it with Load, or from Default in tests.
type Config struct {
	public bool // somebody set BaseURL

	// Addr is the host:port to listen on; an empty host means every interface.
	Addr string
	// DataDir is the folder for the SQLite file, the search index, media and keys.
	DataDir string
	// DatabaseURL is a postgres:// URL; empty means SQLite in DataDir. It is a
	// secret because it carries a password.
	DatabaseURL Secret
	// RedisURL is a redis:// or rediss:// URL; empty means the in-process twin.
	RedisURL Secret
	// AdminPassword is given to the user "admin" when the first start creates it.
	AdminPassword Secret
	// BaseURL is the address people and platforms use, without a final slash.
	// Load fills it from Addr when it is not set.
	BaseURL string
	// SecretKey encrypts platform secrets at rest, see ParseKey. Empty means that
	// a key is generated and kept in DataDir.
	SecretKey Secret

	Log     Log
	WeChat  WeChat
	Inbox   Inbox
	Checks  Checks
	Library Library
	Live    Live
	Privacy Privacy
	Session Session
	HTTP    HTTP
	Jobs    Jobs
	Notify  Notify
	LLM     Model
	Drafts  Drafts
	Embed   Model
}

// Log says what the log shows and how.
type Log struct {
	Level  slog.Level
	Format LogFormat
}

// LogFormat is the shape of a log line.
type LogFormat string

// The log formats.
const (
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// WeChat is what all WeChat accounts share.
type WeChat struct {
	// APIBase is the platform's API host, for accounts that name none themselves.
	APIBase string
	// Freshness is how far a callback's timestamp may be from our clock.
	Freshness time.Duration
	// HTTPTimeout bounds one call of the platform's API.
	HTTPTimeout time.Duration
}

// Inbox holds the service targets.
type Inbox struct {
	// FirstReply and NextReply run from the first unanswered message.
	FirstReply time.Duration
	NextReply  time.Duration
	// WarnAt are the percentages of a clock's time at which it warns, rising.
	WarnAt []int
	// ReopenWithin is how long after closing a new message reopens the ticket
	// instead of starting another; zero never reopens.
	ReopenWithin time.Duration
	// UndoWithin is how long closing a ticket may be undone; the citizen is asked
	// how the answer was no sooner. Zero: never.
	UndoWithin time.Duration
	// Timezone is the IANA zone of ticket numbers and working hours.
	Timezone string
}

// Location returns the zone named by Timezone. Load has checked the name; for a
// hand-made Inbox with a wrong one it answers UTC.
func (i Inbox) Location() *time.Location {
	loc, err := time.LoadLocation(i.Timezone)
	if err != nil {
		return time.UTC
	}
	return loc
}

// Checks says what is looked for beside the word lists.
type Checks struct {
	// Hosts are the hosts, with those below them, that links of replies may lead
	// to beside those of the library; none: anywhere.
	Hosts []string
	// SpikeMessages is how many people who write the same within SpikeWithin
	// raise an alert; zero never does.
	SpikeMessages int
	SpikeWithin   time.Duration
}

// Library says how standard answers come to citizens.
type Library struct {
	// FourEyes wants a second person to approve every text; without it who
	// wrote a text may publish it, if the role may publish at all.
	FourEyes bool
	// RemindDays are how many days before an answer's last day its department
	// is reminded.
	RemindDays []int
}

// Live bounds the event stream.
type Live struct {
	// Keep is how many events a socket may catch up on before it must reload.
	Keep int
	// KeepFor is how long events are kept that no thread shows; newer than
	// twice Keep they stay longer.
	KeepFor time.Duration
}

// Privacy says who reads personal data in citizens' words as they were written.
type Privacy struct {
	// PlainTo are roles, and "assignee" for who works on the ticket; everybody else
	// sees the data veiled.
	PlainTo []string
	// RevealFor is how long a message that was revealed may be read.
	RevealFor time.Duration
}

// Assignee stands among the roles of PlainTo for who works on the ticket.
const Assignee = "assignee"

// Session bounds signed-in sessions.
type Session struct {
	// Lifetime ends a session for good; Idle ends one that nobody uses.
	Lifetime time.Duration
	Idle     time.Duration
	// LinkLifetime ends the link of a notice to a liaison.
	LinkLifetime  time.Duration
	SecureCookies CookieMode
}

// CookieMode says whether cookies carry the Secure attribute.
type CookieMode string

// The cookie modes. CookieAuto follows the scheme of BaseURL.
const (
	CookieAuto   CookieMode = "auto"
	CookieSecure CookieMode = "true"
	CookiePlain  CookieMode = "false"
)

// Secure reports whether cookies of a desk at baseURL carry the Secure attribute.
func (s Session) Secure(baseURL string) bool {
	switch s.SecureCookies {
	case CookieSecure:
		return true
	case CookiePlain:
		return false
	default:
		return strings.HasPrefix(strings.ToLower(baseURL), "https://")
	}
}

// HTTP bounds the listener.
type HTTP struct {
	// BodyLimit is the largest request body in bytes.
	BodyLimit int
	// ShutdownTimeout is how long running requests may take once we stop.
	ShutdownTimeout time.Duration
	// TrustedProxies are the addresses and CIDR ranges whose X-Forwarded-For counts.
	TrustedProxies []string
}

// Jobs bounds background work.
type Jobs struct {
	// Workers is how many jobs of one process run at the same time.
	Workers int
}

// Notify bounds the notices that leave the desk. The e-mail server and the
// robots themselves are set on the page.
type Notify struct {
	// Timeout bounds one message to the e-mail server or a robot.
	Timeout time.Duration
	// AllowHTTP lets robots have addresses without TLS.
	AllowHTTP bool
	// AllowedNetworks are internal addresses and CIDR ranges robots may live in.
	AllowedNetworks []string
	// RobotPerMinute is how many messages one robot takes in a minute.
	RobotPerMinute int
	// RobotSlowCodes are the robots' answers that mean "too often, wait".
	RobotSlowCodes []int
	// KeepFor is how long notices are kept.
	KeepFor time.Duration
}

// Model is one OpenAI-compatible endpoint.
type Model struct {
	BaseURL string
	APIKey  Secret
	Model   string
}

// Drafts bounds what the drafting model is asked, over all processes.
type Drafts struct {
	// Timeout is the longest a draft may take, Stall the longest nothing may come.
	// Both are below what a request may take at all (one minute).
	Timeout, Stall time.Duration
	// TokensPerDay counts prompts and answers of any 24 hours.
	TokensPerDay   int
	CallsPerMinute int
	// CostIn and CostOut are what a million tokens of a prompt and of an answer
	// cost, in hundredths of a yuan.
	CostIn, CostOut int
}

// Enabled reports whether the endpoint is set up; it is off by default.
func (m Model) Enabled() bool { return m.BaseURL != "" }

// Default returns the settings of a desk that was told nothing: SQLite in
// ./data, no Redis, no model, reachable from this machine only.
func Default() Config {
	const addr = "127.0.0.1:8080"
	return Config{
		Addr:    addr,
		DataDir: "./data",
		BaseURL: DefaultBaseURL(addr),
		Log:     Log{Level: slog.LevelInfo, Format: LogText},
		WeChat: WeChat{
			APIBase:     "https://api.weixin.qq.com",
			Freshness:   10 * time.Minute,
			HTTPTimeout: 5 * time.Second,
		},
		Inbox: Inbox{
			FirstReply:   24 * time.Hour,
			NextReply:    24 * time.Hour,
			WarnAt:       []int{50, 80},
			ReopenWithin: 72 * time.Hour,
			UndoWithin:   15 * time.Second,
			Timezone:     "Asia/Shanghai",
		},
		Checks:  Checks{Hosts: []string{"gov.cn"}, SpikeMessages: 10, SpikeWithin: 10 * time.Minute},
		Library: Library{FourEyes: true, RemindDays: []int{30, 7}},
		Live:    Live{Keep: 50_000, KeepFor: 90 * 24 * time.Hour},
		Privacy: Privacy{PlainTo: []string{Assignee, "supervisor", "admin"}, RevealFor: 10 * time.Minute},
		Session: Session{Lifetime: 12 * time.Hour, Idle: 2 * time.Hour, LinkLifetime: 7 * 24 * time.Hour, SecureCookies: CookieAuto},
		HTTP:    HTTP{BodyLimit: 1 << 20, ShutdownTimeout: 15 * time.Second, TrustedProxies: []string{}},
		Jobs:    Jobs{Workers: 4},
		Notify: Notify{
			Timeout: 5 * time.Second, AllowedNetworks: []string{}, RobotPerMinute: 20, RobotSlowCodes: []int{45009, 130101, 410100, 11232},
			KeepFor: 90 * 24 * time.Hour,
		},
		Drafts: Drafts{Timeout: 45 * time.Second, Stall: 15 * time.Second, TokensPerDay: 2_000_000, CallsPerMinute: 30},
	}
}

// PublicURL is BaseURL when somebody set it, else empty: what the desk may tell
// citizens to open.
func (c Config) PublicURL() string {
	if !c.public {
		return ""
	}
	return c.BaseURL
}

// Reachable is the settings of a desk whose BaseURL citizens can open, set or not.
func (c Config) Reachable() Config {
	c.public = true
	return c
}

// DefaultBaseURL is the public address of a desk that listens on addr and was
// given no other. A listener on every interface is reached by the loopback name.
func DefaultBaseURL(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "http://" + addr
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}
