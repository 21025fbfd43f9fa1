package delivery_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"replydesk/app/files"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/delivery"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// mediaDesk keeps one attachment.
type mediaDesk struct {
	attachment inbox.Attachment
	pendingErr error
	storeErr   error
	kept       bool
	stored     []inbox.Attachment
}

func (d *mediaDesk) PendingAttachment(context.Context, int64) (inbox.Attachment, error) {
	return d.attachment, d.pendingErr
}

func (d *mediaDesk) StoreAttachment(_ context.Context, a inbox.Attachment) (bool, error) {
	d.stored = append(d.stored, a)
	return d.kept, d.storeErr
}

// body is a download that counts whether it was closed.
type body struct {
	io.Reader
	closed *bool
}

func (b body) Close() error { *b.closed = true; return nil }

func fetching(f func(m channel.Media) (channel.File, error)) *fakeChannels {
	return &fakeChannels{channel: inboxtest.Channel{OnFetch: func(_ context.Context, m channel.Media) (channel.File, error) { return f(m) }}}
}

var (
	pending  = inbox.Attachment{ID: 12, AccountID: 3, Kind: channel.Image, ExternalID: "media", URL: "u", Format: "jpg", State: inbox.AttachmentPending}
	download = desk.Task{Kind: inbox.TaskFetchMedia, Key: "12"}
)

func openFolder(t *testing.T) *files.Folder {
	t.Helper()
	f, err := files.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func content(t *testing.T, f *files.Folder, path string) string {
	t.Helper()
	r, err := f.Open(t.Context(), path)
	if desk.CodeOf(err) == desk.NotFound {
		return "(none)"
	}
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const png = "\x89PNG\r\n\x1a\n"

func TestFetcherStoresTheFile(t *testing.T) {
	folder, closed := openFolder(t), false
	d := &mediaDesk{attachment: pending, kept: true}
	f := delivery.NewFetcher(d, fetching(func(m channel.Media) (channel.File, error) {
		if want := (channel.Media{Kind: channel.Image, ExternalID: "media", URL: "u", Format: "jpg"}); m != want {
			t.Errorf("fetched %+v, want %+v", m, want)
		}
		return channel.File{Name: "a.png", ContentType: "text/html", Body: body{strings.NewReader(png), &closed}}, nil
	}), folder)
	if err := f.Run(t.Context(), download); err != nil {
		t.Fatal(err)
	}
	got := d.stored[0]
	if got.State != inbox.AttachmentStored || got.Name != "a.png" || got.Size != int64(len(png)) || got.ContentType != "image/png" || content(t, folder, got.Path) != png {
		t.Errorf("stored %+v: %q; want what the bytes are, not what the platform says", got, content(t, folder, got.Path))
	}
	if !closed {
		t.Error("the download was not closed")
	}
}

func TestFetcherTakesThePlatformsWordWhenTheBytesSayNothing(t *testing.T) {
	d := &mediaDesk{attachment: pending, kept: true}
	closed := false
	f := delivery.NewFetcher(d, fetching(func(channel.Media) (channel.File, error) {
		return channel.File{ContentType: "audio/amr", Body: body{strings.NewReader("\x00\x01\x02"), &closed}}, nil
	}), openFolder(t))
	if err := f.Run(t.Context(), download); err != nil || d.stored[0].ContentType != "audio/amr" {
		t.Errorf("stored %+v, %v", d.stored, err)
	}
}

func TestFetcherFailures(t *testing.T) {
	broken := errors.New("connection reset")
	tooLong := io.MultiReader(strings.NewReader(png), io.LimitReader(zeros{}, 32<<20))
	file := func(r io.Reader) func(channel.Media) (channel.File, error) {
		return func(channel.Media) (channel.File, error) {
			return channel.File{Body: body{r, new(bool)}}, nil
		}
	}
	fails := func(err error) func(channel.Media) (channel.File, error) {
		return func(channel.Media) (channel.File, error) { return channel.File{}, err }
	}
	for name, tt := range map[string]struct {
		channels *fakeChannels
		failed   bool // noted as failed; otherwise tried again
	}{
		"gone for ever":             {fetching(fails(desk.Errorf(desk.NotFound, "expired"))), true},
		"not a file":                {fetching(fails(desk.Errorf(desk.Invalid, "an error page"))), true},
		"too large":                 {fetching(file(tooLong)), true},
		"the platform is down":      {fetching(fails(desk.Errorf(desk.Unavailable, "busy"))), false},
		"the connection broke":      {fetching(file(io.MultiReader(strings.NewReader(png), failing{broken}))), false},
		"the account is disabled":   {&fakeChannels{err: desk.Errorf(desk.NotFound, "no account")}, false},
		"the settings do not hold":  {&fakeChannels{err: desk.InvalidField("settings.app_id", "empty")}, false},
		"the database is not there": {&fakeChannels{err: broken}, false},
	} {
		t.Run(name, func(t *testing.T) {
			folder := openFolder(t)
			d := &mediaDesk{attachment: pending, kept: true}
			err := delivery.NewFetcher(d, tt.channels, folder).Run(t.Context(), download)
			if tt.failed {
				if err != nil || len(d.stored) != 1 || d.stored[0].State != inbox.AttachmentFailed || d.stored[0].Error == "" || d.stored[0].Path != "" {
					t.Errorf("stored %+v, %v; want it noted as failed", d.stored, err)
				}
			} else if code := desk.CodeOf(err); len(d.stored) != 0 || err == nil || code == desk.Invalid || code == desk.NotFound {
				t.Errorf("stored %+v, %v; want an error that is tried again", d.stored, err)
			}
			if got := content(t, folder, "12/12"); got != "(none)" {
				t.Errorf("a file of %d bytes was left", len(got))
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestFetcherWithNothingToFetch(t *testing.T) {
	down := errors.New("database is down")
	settled := pending
	settled.State = inbox.AttachmentStored
	for name, tt := range map[string]struct {
		desk mediaDesk
		key  string
		want func(err error) bool
	}{
		"fetched already":    {mediaDesk{attachment: settled}, "12", func(err error) bool { return err == nil }},
		"erased":             {mediaDesk{pendingErr: desk.Errorf(desk.NotFound, "none")}, "12", func(err error) bool { return err == nil }},
		"the store is down":  {mediaDesk{pendingErr: down}, "12", func(err error) bool { return errors.Is(err, down) }},
		"a key that is none": {mediaDesk{}, "x", func(err error) bool { return desk.CodeOf(err) == desk.Invalid }},
	} {
		t.Run(name, func(t *testing.T) {
			f := delivery.NewFetcher(&tt.desk, fetching(nil), openFolder(t)) // a fetch would panic
			if err := f.Run(t.Context(), desk.Task{Kind: "k", Key: tt.key}); !tt.want(err) || len(tt.desk.stored) != 0 {
				t.Errorf("got %v, stored %+v", err, tt.desk.stored)
			}
		})
	}
}

// The person was erased while their file came in: it does not stay.
func TestFetcherRemovesWhatIsNotKept(t *testing.T) {
	for name, tt := range map[string]struct {
		desk mediaDesk
		want string
	}{
		"not kept":          {mediaDesk{attachment: pending}, "(none)"},
		"kept":              {mediaDesk{attachment: pending, kept: true}, png},
		"the store is down": {mediaDesk{attachment: pending, storeErr: errors.New("down")}, png}, // the next run replaces it
	} {
		t.Run(name, func(t *testing.T) {
			folder := openFolder(t)
			f := delivery.NewFetcher(&tt.desk, fetching(func(channel.Media) (channel.File, error) {
				return channel.File{Body: body{strings.NewReader(png), new(bool)}}, nil
			}), folder)
			if err := f.Run(t.Context(), download); !errors.Is(err, tt.desk.storeErr) {
				t.Errorf("got %v", err)
			}
			if got := content(t, folder, tt.desk.stored[0].Path); got != tt.want {
				t.Errorf("file %q, want %q", got, tt.want)
			}
		})
	}
}

func TestFetcherErases(t *testing.T) {
	folder := openFolder(t)
	path, _, _, err := folder.Save(t.Context(), "12", strings.NewReader(png), 100)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(path)
	if err != nil {
		t.Fatal(err)
	}
	f := delivery.NewFetcher(&mediaDesk{}, fetching(nil), folder)
	for range 2 { // a task may run twice
		if err := f.Erase(t.Context(), desk.Task{Kind: inbox.TaskEraseFile, Key: path, Payload: payload}); err != nil {
			t.Error(err)
		}
	}
	if got := content(t, folder, path); got != "(none)" {
		t.Errorf("the file is still there: %q", got)
	}
	for name, payload := range map[string]string{"no payload": "", "not a path": "7"} {
		if err := f.Erase(t.Context(), desk.Task{Payload: json.RawMessage(payload)}); desk.CodeOf(err) != desk.Invalid {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
	if err := f.Erase(t.Context(), desk.Task{Payload: json.RawMessage(`"../../etc/passwd"`)}); err == nil {
		t.Error("a path that leaves the folder must fail")
	}
}
