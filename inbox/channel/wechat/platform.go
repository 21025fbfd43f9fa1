package wechat

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// Name is the platform's name in channel.Account and in webhook paths.
const Name = "wechat"

// Defaults of Options.
const (
	defaultTimeout      = 5 * time.Second
	defaultMediaTimeout = 60 * time.Second
	defaultFreshness    = 10 * time.Minute
)

// Tokens keeps access tokens between calls, for all processes of the desk. Get
// returns "" and no error when there is none. Implementations add a prefix of
// the deployment and are safe for concurrent use. A ttl of 0 or less is never
// passed to Set.
type Tokens interface {
	Get(ctx context.Context, key string) (string, error)
	Set(ctx context.Context, key, value string, ttl time.Duration) error
	Delete(ctx context.Context, key string) error
}

// Options are what the accounts of one desk share. The zero value works: the
// real platform, an own HTTP client, and a token fetched for every call.
type Options struct {
	APIBase      string        // for accounts without their own; "": the platform itself
	HTTPClient   *http.Client  // its Transport is used and its other fields are not; nil: an own one
	Timeout      time.Duration // of one API call; default 5 s
	MediaTimeout time.Duration // of one download, reading included; default 60 s
	Freshness    time.Duration // how far a push's timestamp may be off; default 10 min, negative: not checked
	Tokens       Tokens        // nil: no token is kept
	Log          *slog.Logger  // nil: no log
	Now          func() time.Time

	// MenuTapOpensMessageWindow says that tapping an item of a menu message
	// counts as a message of the citizen (48 h). The platform's text ties it
	// to the menu rule (1 min), which is the default.
	MenuTapOpensMessageWindow bool

	// CommentMaxRunes is the longest public reply to a comment, in characters.
	// The platform does not document its limit; 0 leaves the check to it.
	CommentMaxRunes int
}

// Platform opens official accounts. It is safe for concurrent use.
type Platform struct {
	options   Options
	transport http.RoundTripper
	own       *http.Transport // transport, when it was not handed in
}

var _ channel.Platform = (*Platform)(nil)

// New returns the platform. A bad Options.APIBase shows when an account is
// opened.
func New(o Options) *Platform {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.MediaTimeout <= 0 {
		o.MediaTimeout = defaultMediaTimeout
	}
	if o.Freshness == 0 {
		o.Freshness = defaultFreshness
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	p := &Platform{options: o}
	if o.HTTPClient != nil {
		p.transport = o.HTTPClient.Transport
	}
	if p.transport == nil {
		p.own = newTransport(o.Timeout)
		p.transport = p.own
	}
	return p
}

// Name implements channel.Platform.
func (p *Platform) Name() string { return Name }

// Open implements channel.Platform.
func (p *Platform) Open(a channel.Account) (channel.Channel, error) {
	s, err := ParseSettings(a.Settings)
	if err != nil {
		return nil, err
	}
	if s.APIBase == "" {
		s.APIBase = p.options.APIBase
	}
	base, err := parseBase(s.APIBase)
	if err != nil {
		return nil, fmt.Errorf("open account %d: %w", a.ID, err)
	}
	o := &official{id: a.ID, settings: s, options: p.options, fetching: make(chan struct{}, 1)}
	for _, encoded := range []string{s.EncodingAESKey, s.PreviousAESKey} {
		if encoded == "" {
			continue
		}
		key, err := newKey(encoded)
		if err != nil {
			return nil, desk.Errorf(desk.Invalid, "消息加解密密钥有误")
		}
		o.keys = append(o.keys, key)
	}
	o.hosts = &rewriter{base: base, next: p.transport}
	o.http = newClient(o.hosts)
	return o, nil
}

// official is one opened official account. Everything in it is fixed after
// Open but fetching, which lets one goroutine at a time ask for a token.
type official struct {
	id       int64
	settings Settings
	options  Options
	keys     []*messageKey // current first, then previous
	hosts    *rewriter
	http     *http.Client
	fetching chan struct{}
}

var _ channel.Channel = (*official)(nil)

// Limits implements channel.Channel. The platform counts bytes of a text.
func (o *official) Limits() channel.Limits { return channel.Limits{MaxBytes: maxText} }
