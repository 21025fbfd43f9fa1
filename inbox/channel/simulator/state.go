package simulator

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"replydesk/inbox/desk"
)

// compactAfter is how far the state file grows before it is written anew.
const compactAfter = 64 << 20

// record is one line of the state file. Later lines replace what earlier ones
// said of the same thing.
type record struct {
	Citizen  *citizenRecord  `json:"citizen,omitempty"`
	Bubble   *bubbleRecord   `json:"bubble,omitempty"`
	Windows  *windowRecord   `json:"windows,omitempty"`
	Delivery *deliveryRecord `json:"delivery,omitempty"`
	Done     int64           `json:"done,omitempty"` // a delivery that is over
	Media    *mediaRecord    `json:"media,omitempty"`
	Last     *lastRecord     `json:"last,omitempty"`
	Article  *articleRecord  `json:"article,omitempty"`
	Comment  *commentRecord  `json:"comment,omitempty"`
}

type citizenRecord struct {
	Citizen
	Since time.Time `json:"since"`
}

type bubbleRecord struct {
	AppID  string `json:"account"`
	OpenID string `json:"openid"`
	Bubble
}

type windowRecord struct {
	AppID  string             `json:"account"`
	OpenID string             `json:"openid"`
	Open   map[string]*window `json:"open"`
}

// deliveryRecord is a callback that no receiver has accepted yet.
type deliveryRecord struct {
	ID      int64  `json:"id"`
	AppID   string `json:"account"`
	OpenID  string `json:"openid"`
	Bubble  int64  `json:"bubble"`
	MsgID   int64  `json:"msg_id,omitempty"`
	Payload string `json:"payload"`
}

type mediaRecord struct {
	ID          string    `json:"id"`
	Number      int64     `json:"number"`
	AppID       string    `json:"account"`
	Kind        string    `json:"kind"`
	Name        string    `json:"name"`
	ContentType string    `json:"content_type"`
	Size        int64     `json:"size"`
	At          time.Time `json:"at"`
}

// lastRecord keeps numbers rising past what was forgotten.
type lastRecord struct {
	MsgID    int64 `json:"msg_id"`
	Bubble   int64 `json:"bubble"`
	Delivery int64 `json:"delivery"`
}

func windowsRecord(c *citizen) record {
	return record{Windows: &windowRecord{AppID: c.AppID, OpenID: c.OpenID, Open: c.windows}}
}

// stateFile is an append-only file of records. Every write is handed to the
// system at once, so it survives the end of the process, but it is not forced
// to the disk: it need not survive a power cut. A nil stateFile keeps nothing.
type stateFile struct {
	path     string
	file     *os.File
	written  int64
	snapshot func() []record
}

// openState reads the state file and begins it anew with what is still true.
func (s *Server) openState() error {
	f := &stateFile{path: s.o.StateFile, snapshot: s.snapshotLocked}
	if err := os.MkdirAll(f.mediaDir(), 0o700); err != nil {
		return fmt.Errorf("make the folder for media: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := f.read(s.applyLocked); err != nil {
		return err
	}
	s.state = f
	for _, d := range s.pending {
		s.restored = append(s.restored, d)
	}
	slices.SortFunc(s.restored, func(a, b *delivery) int { return int(a.ID - b.ID) })
	s.dropStrayFiles()
	return f.compact()
}

// read applies every line. A last line without its end is what a kill left of
// a write; it was never acted on and is ignored.
func (f *stateFile) read(apply func(record)) error {
	file, err := os.Open(f.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the state file: %w", err)
	}
	defer file.Close()
	lines := bufio.NewReaderSize(file, 1<<16)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the state file: %w", err)
		}
		var r record
		if err := json.Unmarshal(line, &r); err != nil {
			return desk.Errorf(desk.Internal, "line %d of the state file %s is damaged; move the file away to begin without it: %w", n, f.path, err)
		}
		apply(r)
	}
}

// write appends records in one go.
func (f *stateFile) write(records ...record) error {
	if f == nil {
		return nil
	}
	if f.file == nil {
		return desk.Errorf(desk.Unavailable, "the state file is closed")
	}
	if f.written > compactAfter {
		if err := f.compact(); err != nil {
			return err
		}
	}
	lines, err := encodeRecords(records)
	if err != nil {
		return err
	}
	n, err := f.file.Write(lines)
	f.written += int64(n)
	if err != nil {
		f.written = compactAfter + 1 // half a line may stand there: begin anew next time
		return fmt.Errorf("write the state file: %w", err)
	}
	return nil
}

func encodeRecords(records []record) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for _, r := range records {
		if err := enc.Encode(r); err != nil {
			return nil, fmt.Errorf("encode a record of the state file: %w", err)
		}
	}
	return b.Bytes(), nil
}

// compact writes what is true now to a new file and puts it in the old one's place.
func (f *stateFile) compact() error {
	lines, err := encodeRecords(f.snapshot())
	if err != nil {
		return err
	}
	fresh := f.path + ".new"
	file, err := os.OpenFile(fresh, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("begin the state file anew: %w", err)
	}
	_, err = file.Write(lines)
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = os.Rename(fresh, f.path)
	}
	if err != nil {
		_ = file.Close()
		return fmt.Errorf("begin the state file anew: %w", err)
	}
	if f.file != nil {
		_ = f.file.Close() // replaced; nothing of it is needed
	}
	f.file, f.written = file, 0
	return nil
}

func (f *stateFile) close() error {
	if f == nil || f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}

func (f *stateFile) mediaDir() string { return f.path + ".media" }

func (f *stateFile) writeFile(id string, data []byte) error {
	if err := os.WriteFile(filepath.Join(f.mediaDir(), id), data, 0o600); err != nil {
		return fmt.Errorf("store a media file: %w", err)
	}
	return nil
}

func (f *stateFile) readFile(id string) ([]byte, error) {
	if f == nil {
		return nil, os.ErrNotExist
	}
	return os.ReadFile(filepath.Join(f.mediaDir(), id))
}

func (f *stateFile) removeFile(id string) {
	if f != nil {
		_ = os.Remove(filepath.Join(f.mediaDir(), id)) // the next start sweeps what stays
	}
}

// dropStrayFiles removes media that no record names.
func (s *Server) dropStrayFiles() {
	files, err := os.ReadDir(s.state.mediaDir())
	s.complainLocked("media folder", err)
	for _, file := range files {
		if s.media[file.Name()] == nil {
			s.state.removeFile(file.Name())
		}
	}
}

// applyLocked replays one record.
func (s *Server) applyLocked(r record) {
	switch {
	case r.Citizen != nil:
		s.applyCitizenLocked(*r.Citizen)
	case r.Bubble != nil:
		s.applyBubbleLocked(*r.Bubble)
	case r.Windows != nil:
		if r.Windows.Open != nil {
			s.seenLocked(r.Windows.AppID, r.Windows.OpenID).windows = r.Windows.Open
		}
	case r.Delivery != nil:
		s.applyDeliveryLocked(*r.Delivery)
	case r.Done != 0:
		delete(s.pending, r.Done)
	case r.Media != nil:
		s.lastMedia = max(s.lastMedia, r.Media.Number)
		s.keepMediaLocked(&media{mediaRecord: *r.Media})
	case r.Article != nil:
		s.accountLocked(r.Article.AppID).keepArticle(r.Article.Article)
	case r.Comment != nil:
		if a := s.accountLocked(r.Comment.AppID).article(r.Comment.ArticleID); a != nil {
			a.keep(r.Comment.Comment)
		}
	case r.Last != nil:
		s.lastMsgID = max(s.lastMsgID, r.Last.MsgID)
		s.lastBubble = max(s.lastBubble, r.Last.Bubble)
		s.lastDelivery = max(s.lastDelivery, r.Last.Delivery)
	}
}

func (s *Server) applyCitizenLocked(r citizenRecord) {
	c := s.seenLocked(r.AppID, r.OpenID)
	c.Citizen, c.since = r.Citizen, r.Since
}

func (s *Server) applyBubbleLocked(r bubbleRecord) {
	c := s.seenLocked(r.AppID, r.OpenID)
	s.lastBubble = max(s.lastBubble, r.ID)
	s.lastMsgID = max(s.lastMsgID, r.MsgID)
	for _, b := range slices.Backward(c.bubbles) {
		if b.ID == r.ID {
			*b = r.Bubble
			return
		}
	}
	c.keep(&r.Bubble)
}

func (s *Server) applyDeliveryLocked(r deliveryRecord) {
	s.lastDelivery = max(s.lastDelivery, r.ID)
	c := s.seenLocked(r.AppID, r.OpenID)
	d := &delivery{deliveryRecord: r, citizen: c, bubble: &Bubble{ID: r.Bubble}}
	for _, b := range c.bubbles {
		if b.ID == r.Bubble {
			d.bubble = b
		}
	}
	s.pending[r.ID] = d
}

// seenLocked returns the person a record is about, made when new.
func (s *Server) seenLocked(appID, openID string) *citizen {
	acct := s.accountLocked(appID)
	if c := acct.citizens[openID]; c != nil {
		return c
	}
	name := openID
	for _, known := range s.o.Citizens {
		if OpenID(appID, known) == openID {
			name = known
		}
	}
	return acct.add(Citizen{AppID: appID, OpenID: openID, Name: name, Following: true}, s.o.Now())
}

// snapshotLocked lists what a new state file begins with.
func (s *Server) snapshotLocked() []record {
	all := []record{{Last: &lastRecord{MsgID: s.lastMsgID, Bubble: s.lastBubble, Delivery: s.lastDelivery}}}
	for _, m := range s.mediaOrder {
		all = append(all, record{Media: &m.mediaRecord})
	}
	for _, acct := range s.accounts {
		for _, c := range acct.order {
			all = append(all, record{Citizen: &citizenRecord{Citizen: c.Citizen, Since: c.since}}, windowsRecord(c))
			for _, b := range c.bubbles {
				all = append(all, record{Bubble: &bubbleRecord{AppID: c.AppID, OpenID: c.OpenID, Bubble: *b}})
			}
		}
		for _, a := range acct.articles {
			all = append(all, record{Article: &articleRecord{acct.AppID, a.Article}})
			for _, c := range a.comments {
				all = append(all, record{Comment: &commentRecord{acct.AppID, a.ID(), c}})
			}
		}
	}
	for _, d := range s.pending {
		all = append(all, record{Delivery: &d.deliveryRecord})
	}
	return all
}
