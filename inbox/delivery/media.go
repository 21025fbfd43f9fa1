package delivery

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// maxMedia is the largest file that is fetched, in bytes; platforms send at
// most 10 to 25 MB.
const maxMedia = 32 << 20

// Files keeps the bytes of attachments in the data folder.
type Files interface {
	// Save stores at most limit bytes and returns where, how many, and what
	// they look like. More bytes are an Invalid error and nothing is kept.
	Save(ctx context.Context, name string, r io.Reader, limit int64) (path string, size int64, contentType string, err error)
	Remove(ctx context.Context, path string) error
}

// MediaDesk is what fetching needs of the inbox.
type MediaDesk interface {
	PendingAttachment(ctx context.Context, id int64) (inbox.Attachment, error)
	StoreAttachment(ctx context.Context, a inbox.Attachment) (kept bool, err error)
}

// Fetcher downloads the files of messages before the platform forgets them.
type Fetcher struct {
	desk     MediaDesk
	channels inbox.Channels
	files    Files
}

// NewFetcher returns a Fetcher.
func NewFetcher(d MediaDesk, channels inbox.Channels, files Files) *Fetcher {
	return &Fetcher{desk: d, channels: channels, files: files}
}

// Run fetches the attachment the task names. A file that is gone for ever is
// noted as failed; anything else that goes wrong is tried again.
func (f *Fetcher) Run(ctx context.Context, t desk.Task) error {
	id, err := strconv.ParseInt(t.Key, 10, 64)
	if err != nil {
		return desk.Errorf(desk.Invalid, "task %s has key %q, want an attachment id", t.Kind, t.Key)
	}
	a, err := f.desk.PendingAttachment(ctx, id)
	if desk.CodeOf(err) == desk.NotFound {
		return nil // its person's data were erased
	}
	if err != nil || a.State != inbox.AttachmentPending {
		return err
	}
	err = f.fetch(ctx, &a)
	if code := desk.CodeOf(err); code == desk.NotFound || code == desk.Invalid {
		a.State, a.Error = inbox.AttachmentFailed, "文件已失效或无法保存"
	} else if err != nil {
		return fmt.Errorf("fetch attachment %d: %w", id, err)
	}
	kept, err := f.desk.StoreAttachment(ctx, a)
	if err == nil && !kept && a.Path != "" {
		err = f.files.Remove(ctx, a.Path) // erased meanwhile
	}
	return err
}

func (f *Fetcher) fetch(ctx context.Context, a *inbox.Attachment) error {
	c, _, err := f.channels.Channel(ctx, a.AccountID)
	if err != nil {
		// A disabled account may be enabled again, bad settings be mended: that
		// says nothing about the file.
		return desk.Errorf(desk.Unavailable, "account %d cannot be opened: %w", a.AccountID, err)
	}
	file, err := c.Fetch(ctx, channel.Media{Kind: a.Kind, ExternalID: a.ExternalID, URL: a.URL, Format: a.Format})
	if err != nil {
		return err
	}
	defer file.Body.Close()
	path, size, contentType, err := f.files.Save(ctx, strconv.FormatInt(a.ID, 10), file.Body, maxMedia)
	if err != nil {
		return err
	}
	if contentType == "" || contentType == "application/octet-stream" {
		contentType = file.ContentType
	}
	a.State, a.Name, a.Path, a.Size, a.ContentType = inbox.AttachmentStored, file.Name, path, size, contentType
	return nil
}

// Erase removes the file the task names, for a person whose data was deleted.
func (f *Fetcher) Erase(ctx context.Context, t desk.Task) error {
	var path string
	if err := json.Unmarshal(t.Payload, &path); err != nil {
		return desk.Errorf(desk.Invalid, "task %s: %w", t.Kind, err)
	}
	return f.files.Remove(ctx, path)
}
