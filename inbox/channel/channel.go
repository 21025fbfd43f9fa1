// Package channel is the contract between the desk and one platform: what a
// platform delivers (Inbound), what the desk sends (Outbound), how a send can
// end (Result), and the Registry of platforms. It imports no platform. One
// folder below is one platform; only that folder knows its XML, JSON,
// signatures, tokens and codes.
package channel

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Kind is where a message was written.
type Kind string

// A message is private or a public comment.
const (
	Private Kind = "private"
	Comment Kind = "comment"
)

// Type is what a message consists of. A type a platform adds later arrives as
// Unknown with its raw payload; it is never dropped.
type Type string

// The message types of the platforms we know.
const (
	Text     Type = "text"
	Image    Type = "image"
	Voice    Type = "voice"
	Video    Type = "video"
	Location Type = "location"
	Link     Type = "link"
	Notice   Type = "event"
	Unknown  Type = "unknown"
)

// Account is one account on one platform, opened. Settings are the platform's
// own JSON, secrets included: never log it.
type Account struct {
	ID       int64
	Platform string
	Name     string
	Settings json.RawMessage
	Bot      bool  // the bot answers on it
	Version  int64 // changes whenever any of these does
}

// Request is a webhook call as it arrived. The byte slices and strings are the
// receiver's to keep.
type Request struct {
	Method string
	Query  url.Values
	Header http.Header
	Body   []byte
}

// Response is what the platform must be answered.
type Response struct {
	Status      int
	ContentType string
	Body        []byte
}

// Receipt is what Receive made of a request. Exactly one of three: Challenge
// (a URL verification: answer it, store nothing), Items (store, then answer
// Ack), or Dead (genuine but unreadable: store as a dead letter, then answer
// Ack). Ack must only be sent after the store has committed.
type Receipt struct {
	Challenge *Response
	Items     []Inbound
	Dead      *DeadLetter
	Ack       Response
	Binding   *Binding // what must be checked first; nil: the signature covered the body
	// Passive packs a text for the sender of the one item into the answer to
	// this very call, in place of Ack; nil when the platform takes none. Such a
	// reply draws on no send window. The text holds to the channel's Limits.
	Passive func(text string, now time.Time) (Response, error)
}

// Binding ties what proved a call genuine to the body it came with, for calls
// whose signature does not cover the body: who saw one could send another body
// with it. The first body of a Key is the genuine one; the same body again is a
// retry, another one is forged.
type Binding struct {
	Key  string        // unique over all platforms; bounded in length
	Body string        // a hash
	For  time.Duration // how long the proof would be accepted
}

// DeadLetter is a payload that is genuine (its signature holds) but cannot be
// read.
type DeadLetter struct {
	ExternalID string // of the payload, a hash when it names none
	Raw        []byte
	Reason     string
}

// Inbound is one thing a platform delivered.
type Inbound struct {
	ExternalID string // unique within the account; the idempotency key
	Kind       Kind
	Type       Type
	ContactID  string // the citizen's id on the platform; "" when not told
	Name       string // display name; often ""
	Text       string // what to show and search; "" for pure media
	Media      []Media
	Data       json.RawMessage // type-specific fields (location, link, event key …) as a JSON object, or nil
	SentAt     time.Time       // by the platform's clock
	Post       *Post           // comments: the article; messages: the article they came from
	ParentID   string          // comments: the external id of the comment answered
	Event      string          // for Notice: the platform's event name, lower case
	Effects    Effects
	Raw        []byte // decrypted payload as delivered
}

// Effects are what an inbound item changes beside being stored. A Notice is
// stored as a payload and shown in the thread of the contact's open ticket if
// there is one; it opens no ticket.
type Effects struct {
	Windows      []Window // send windows the citizen's action opened
	Subscribed   *bool    // the contact followed (true) or left (false)
	EraseContact bool     // the platform's duty: delete this person's data
	Alert        string   // tell the administrators: what happened, for people
}

// Window lets the desk send Limit messages to the contact until Until. A newer
// window of the same Name replaces the older one.
type Window struct {
	Name  string // "message", "menu", "subscribe", "scan"
	Limit int
	Until time.Time
}

// Media is a file of a message that must be fetched soon: the platform keeps
// it only for days.
type Media struct {
	Kind       Type   // Image, Voice, Video …
	ExternalID string // media id; "" when only a URL exists
	URL        string
	Format     string // "amr", "speex" … when told
}

// Post is a published article or video that comments hang on.
type Post struct {
	ExternalID string
	Title      string
	URL        string
}

// Outbound is one reply to send.
type Outbound struct {
	ReplyID   int64 // our id; the idempotency key where a platform has one
	Kind      Kind
	ContactID string
	Text      string
	Post      *Post
	CommentID string // for comments: the external id of the comment answered
	AIMade    bool   // platforms with a label for AI content must set it
	Menu      *Menu  // what Text asks, for platforms that can show lines to tap; nil: nothing
}

// Menu asks with lines to tap. A tap comes back as a message with the line's text
// and, in its Data, its id as "menu_id".
type Menu struct {
	Head  string
	Items []MenuItem
	Tail  string
}

// MenuItem is one line of a Menu.
type MenuItem struct {
	ID   int64
	Text string
}

// Outcome is how a send ended, as far as what must follow is concerned.
type Outcome string

// Outcomes. Nobody matches on messages: the adapter classifies.
const (
	Sent         Outcome = "sent"
	Again        Outcome = "again"         // nothing was sent; try again after RetryAfter
	Never        Outcome = "never"         // this reply will never be accepted
	WindowClosed Outcome = "window_closed" // the platform's reply window is over
	QuotaUsed    Outcome = "quota_used"    // hold until the citizen writes again
	Credentials  Outcome = "credentials"   // the account's settings are wrong; an administrator must act
	NotKnown     Outcome = "unknown"       // the request left, no answer came: never resend by itself
)

// Result is how one send ended. None of its texts holds a secret.
type Result struct {
	Outcome    Outcome
	Code       string        // the platform's, or a word for what happened below it
	Message    string        // for staff: one sentence that says what happened
	Detail     string        // the platform's own words, for who asks its support
	RetryAfter time.Duration // for Again; 0: the desk decides
	ExternalID string        // the platform's id of what was sent, if it tells
}

// Limits are what the composer must know before it sends.
type Limits struct {
	MaxBytes int // of a text; 0: no limit known
	MaxRunes int
}

// Channel is one opened account of one platform. All methods may be called at
// the same time from many goroutines.
type Channel interface {
	// Receive verifies, decrypts and parses one webhook call. It does no I/O.
	// A forged, stale or malformed envelope is a desk.Error with code
	// Forbidden (answer 403) or Invalid (answer 400); nothing is stored then.
	Receive(r Request, now time.Time) (Receipt, error)
	// Parse reads a stored raw payload again (dead letter replay).
	Parse(raw []byte, received time.Time) (Inbound, error)
	// Send sends one reply and classifies the result. It returns before ctx
	// ends or shortly after; it never retries what may have arrived.
	Send(ctx context.Context, out Outbound) Result
	// Fetch downloads a media file. The caller closes File.Body and bounds
	// what it reads. Errors: NotFound (gone for ever), Unavailable (again).
	Fetch(ctx context.Context, m Media) (File, error)
	// Check tells whether the account's credentials work, for the accounts
	// page; it may call the platform.
	Check(ctx context.Context) error
	Limits() Limits
}

// File is a media file being downloaded.
type File struct {
	Name        string
	ContentType string
	Body        io.ReadCloser
}

// Platform opens accounts.
type Platform interface {
	Name() string // "wechat"
	// Open checks the settings and returns the channel. Bad settings are a
	// desk.Error Invalid with a Field for each ("settings.app_id" …).
	Open(a Account) (Channel, error)
	// SecretSettings names the settings that are never shown once stored.
	SecretSettings() []string
	// Confirmed names, by setting, the secret that must be entered again when
	// the setting of a stored account changes: it decides where the secret is
	// sent, or whose it is. Otherwise who may change an account, but does not
	// know its secret, could have it sent to a host of their own.
	Confirmed() map[string]string
	// Identity names the setting by which the platform knows the account: the
	// desk has one account for each of its values. "" when there is none.
	Identity() string
}
