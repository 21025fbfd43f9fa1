package api

import (
	"context"
	"io"
	"time"

	"replydesk/app/audit"
	"replydesk/app/jobs"
	"replydesk/app/live"
	"replydesk/bot"
	"replydesk/faq"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/notice"
)

// Accounts has the use cases of the accounts page; *inbox.Accounts is one.
type Accounts interface {
	Accounts(ctx context.Context, actor desk.Actor) ([]inbox.Account, error)
	Account(ctx context.Context, actor desk.Actor, id int64) (inbox.Account, error)
	CreateAccount(ctx context.Context, actor desk.Actor, in inbox.AccountInput) (inbox.Account, error)
	UpdateAccount(ctx context.Context, actor desk.Actor, id int64, in inbox.AccountInput) (inbox.Account, error)
	CheckAccount(ctx context.Context, actor desk.Actor, id int64) error
}

// Library has the use cases of the standard answers.
type Library interface {
	Current(e faq.Entry) bool
	Suggest(ctx context.Context, actor desk.Actor, message string, limit int) ([]faq.Hit, error)
	Entries(ctx context.Context, actor desk.Actor, f faq.Filter) (desk.Page[faq.Entry], error)
	Entry(ctx context.Context, actor desk.Actor, id faq.EntryID) (faq.Entry, error)
	Revisions(ctx context.Context, actor desk.Actor, id faq.EntryID) ([]faq.Revision, error)
	Facets(ctx context.Context, actor desk.Actor) (faq.Facets, error)
	Create(ctx context.Context, actor desk.Actor, c faq.Content) (faq.Entry, error)
	Update(ctx context.Context, actor desk.Actor, id faq.EntryID, seen faq.Seen, edit faq.Edit) (faq.Entry, error)
	Submit(ctx context.Context, actor desk.Actor, id faq.EntryID, seen faq.Seen, publishAt time.Time) (faq.Entry, error)
	Approve(ctx context.Context, actor desk.Actor, id faq.EntryID, a faq.Approval) (faq.Entry, error)
	Publish(ctx context.Context, actor desk.Actor, id faq.EntryID, a faq.Approval) (faq.Entry, error)
	Reject(ctx context.Context, actor desk.Actor, id faq.EntryID, seen faq.Seen, reason string) (faq.Entry, error)
	Recall(ctx context.Context, actor desk.Actor, id faq.EntryID) (faq.Entry, error)
	Discard(ctx context.Context, actor desk.Actor, id faq.EntryID, seen faq.Seen) (faq.Entry, error)
	Restore(ctx context.Context, actor desk.Actor, id faq.EntryID, seen faq.Seen, revision int64) (faq.Entry, error)
	Compare(ctx context.Context, actor desk.Actor, id faq.EntryID, from, to int64) ([]faq.FieldDiff, error)
	Similar(ctx context.Context, actor desk.Actor, c faq.Content, exclude faq.EntryID) ([]faq.Alike, error)
	Counts(ctx context.Context, actor desk.Actor) (faq.Counts, error)
	EntryFiles(ctx context.Context, actor desk.Actor, id faq.EntryID) ([]faq.File, error)
	File(ctx context.Context, actor desk.Actor, id faq.FileID) (faq.File, error)
	AddFile(ctx context.Context, actor desk.Actor, id faq.EntryID, name string, r io.Reader) (faq.File, error)
	RemoveFile(ctx context.Context, actor desk.Actor, id faq.FileID) error
	MayPublish(actor desk.Actor, e faq.Entry) bool
	FourEyes() bool
	Retire(ctx context.Context, actor desk.Actor, id faq.EntryID) (faq.Entry, error)
	Withdraw(ctx context.Context, actor desk.Actor, id faq.EntryID) (faq.Entry, error)
	Import(ctx context.Context, actor desk.Actor, file io.Reader, o faq.ImportOptions) (faq.ImportResult, error)
	Export(ctx context.Context, actor desk.Actor, w io.Writer, format faq.Format) error
	ExportSome(ctx context.Context, actor desk.Actor, w io.Writer, format faq.Format, ids []faq.EntryID) error
	Bulk(ctx context.Context, actor desk.Actor, b faq.Bulk) ([]faq.BulkOutcome, error)
}

// Notices has the use cases of notices; *notice.Service is one.
type Notices interface {
	Notices(ctx context.Context, actor desk.Actor, f notice.Filter) (notice.List, error)
	MarkRead(ctx context.Context, actor desk.Actor, ids []int64, upTo int64) error
	Settings(ctx context.Context, actor desk.Actor) (notice.Settings, error)
	SaveSettings(ctx context.Context, actor desk.Actor, in notice.Settings) error
	Ways(ctx context.Context, actor desk.Actor) (notice.Ways, error)
	AllSenders(ctx context.Context, actor desk.Actor) ([]notice.StoredSender, error)
	CreateSender(ctx context.Context, actor desk.Actor, in notice.SenderInput) (notice.StoredSender, error)
	UpdateSender(ctx context.Context, actor desk.Actor, id int64, in notice.SenderInput) (notice.StoredSender, error)
	RemoveSender(ctx context.Context, actor desk.Actor, id int64) error
	TestSender(ctx context.Context, actor desk.Actor, id int64, to notice.Recipient) error
	Log(ctx context.Context, actor desk.Actor, state notice.SendState, limit int, cursor string) (desk.Page[notice.LoggedSend], error)
}

// Trier tells what the bot would do with a message or a click, or say of an
// entry; *bot.Service is one.
type Trier interface {
	Try(ctx context.Context, actor desk.Actor, accountID int64, message string) (bot.Trial, error)
	Items(ctx context.Context, actor desk.Actor, accountID int64) ([]bot.Item, error)
	Preview(ctx context.Context, actor desk.Actor, accountID int64, c faq.Content) (bot.Preview, error)
}

// Intake takes webhook calls in; *inbox.Intake is one. Receive's errors are
// forbidden, invalid, not_found, or anything else when the platform must send
// again.
type Intake interface {
	Receive(ctx context.Context, platform string, accountID int64, r channel.Request) (channel.Response, error)
	Replay(ctx context.Context, actor desk.Actor, payloadID int64) error
}

// Files opens stored attachments; *files.Folder is one.
type Files interface {
	Open(ctx context.Context, path string) (io.ReadSeekCloser, error)
}

// Tasks shows and revives work that failed for good.
type Tasks interface {
	Dead(ctx context.Context, limit int) ([]jobs.Dead, error)
	Retry(ctx context.Context, id int64) error
}

// Live serves sockets; *live.Hub is one.
type Live interface {
	Check(r live.Request) (status int, problem string)
	Adopt(ctx context.Context, r live.Request) (done <-chan struct{})
}

// Audit keeps account of who saw and exported what; *audit.Service is one.
type Audit interface {
	Rows(ctx context.Context, f audit.Filter, cursor string) (desk.Page[audit.Row], error)
	Seen(ctx context.Context, actor desk.Actor, ticketID, accountID, departmentID int64) error
	Exported(ctx context.Context, actor desk.Actor, object string, data map[string]any) error
}

// Check is one thing that must work before the desk takes requests.
type Check struct {
	Name  string // "database"
	Probe func(ctx context.Context) error
}

// Figure is one value of another part for the metrics page.
type Figure struct {
	Name    string // "desk_live_sockets"
	Help    string
	Counter bool // it only ever rises
	Labels  map[string]string
	Value   float64
}
