package simulator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"replydesk/inbox/desk"
)

// Temporary material (临时素材): how long it lives, how much the simulator keeps
// before it forgets the oldest.
const (
	mediaLife  = 3 * 24 * time.Hour
	mediaTotal = 256 << 20
)

// mediaRules is what the platform takes, by type.
var mediaRules = map[string]struct {
	limit int
	types []string
}{
	"image": {10 << 20, []string{"image/jpeg", "image/png", "image/gif", "image/bmp"}},
	"voice": {2 << 20, []string{"audio/amr", "audio/mpeg"}},
	"video": {10 << 20, []string{"video/mp4"}},
	"thumb": {64 << 10, []string{"image/jpeg"}},
}

// media is one stored file. The bytes lie in memory, or beside the state file.
type media struct {
	mediaRecord
	data []byte
}

// AddMedia stores a file as if a citizen had sent it, and returns its media id.
// kind is image, voice, video or thumb; the limits are the platform's.
func (s *Server) AddMedia(appID, kind, name string, data []byte) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.knownLocked(appID); err != nil {
		return "", err
	}
	m, code, err := s.addMediaLocked(appID, kind, name, data)
	if err != nil {
		return "", err
	}
	if code != 0 {
		return "", desk.InvalidField("file", "%s (%d)", errorTexts[code], code)
	}
	return m.ID, nil
}

// ExpireMedia makes the account's media older than three days, so that media/get
// answers 40007.
func (s *Server) ExpireMedia(appID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range slices.Clone(s.mediaOrder) {
		if m.AppID == appID {
			s.dropMediaLocked(m)
		}
	}
}

func (s *Server) addMediaLocked(appID, kind, name string, data []byte) (*media, int, error) {
	rule, known := mediaRules[kind]
	contentType := sniff(data)
	switch {
	case !known:
		return nil, codeMediaType, nil
	case len(data) == 0 || len(data) > rule.limit:
		return nil, codeMediaSize, nil
	case !slices.Contains(rule.types, contentType):
		return nil, codeMediaType, nil
	}
	s.lastMedia++
	now := s.o.Now()
	sum := sha256.Sum256(data)
	id := strconv.FormatInt(s.lastMedia, 36) + "_" + base64.RawURLEncoding.EncodeToString(sum[:18])
	m := &media{data: data, mediaRecord: mediaRecord{
		ID: id, Number: s.lastMedia, AppID: appID, Kind: kind, Name: filepath.Base(name), ContentType: contentType,
		Size: int64(len(data)), At: now,
	}}
	if s.state != nil {
		m.data = nil
		if err := s.state.writeFile(id, data); err != nil {
			return nil, 0, err
		}
		if err := s.state.write(record{Media: &m.mediaRecord}); err != nil {
			return nil, 0, err
		}
	}
	s.keepMediaLocked(m)
	return m, 0, nil
}

func (s *Server) keepMediaLocked(m *media) {
	s.media[m.ID] = m
	s.mediaOrder = append(s.mediaOrder, m)
	s.mediaBytes += m.Size
	old := s.o.Now().Add(-mediaLife)
	for len(s.mediaOrder) > 1 && (s.mediaBytes > mediaTotal || s.mediaOrder[0].At.Before(old)) {
		s.dropMediaLocked(s.mediaOrder[0])
	}
}

func (s *Server) dropMediaLocked(m *media) {
	delete(s.media, m.ID)
	s.mediaOrder = slices.DeleteFunc(s.mediaOrder, func(other *media) bool { return other == m })
	s.mediaBytes -= m.Size
	s.state.removeFile(m.ID)
}

// mediaLocked returns a live file of the account, nil when it is unknown,
// another account's, or older than three days.
func (s *Server) mediaLocked(appID, id string) *media {
	m := s.media[id]
	if m == nil || m.AppID != appID || s.o.Now().Sub(m.At) > mediaLife {
		return nil
	}
	return m
}

func (s *Server) readMedia(m *media) ([]byte, error) {
	if m.data != nil {
		return m.data, nil
	}
	return s.state.readFile(m.ID)
}

// mediaUpload is POST /cgi-bin/media/upload with the multipart field media.
func (s *Server) mediaUpload(c *call) reply {
	kind := c.query.Get("type")
	if _, known := mediaRules[kind]; !known {
		return fail(codeMediaType)
	}
	name, data, err := mediaPart(c)
	if err != nil {
		return fail(codeNoMedia)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, code, err := s.addMediaLocked(c.account.AppID, kind, name, data)
	if err != nil {
		s.complainLocked("state file", err)
		return fail(codeBusy)
	}
	if code != 0 {
		return fail(code)
	}
	key := "media_id"
	if kind == "thumb" {
		key = "thumb_media_id"
	}
	return jsonReply(http.StatusOK, map[string]any{"type": kind, key: m.ID, "created_at": m.At.Unix()})
}

func mediaPart(c *call) (name string, data []byte, err error) {
	_, params, err := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	if err != nil {
		return "", nil, err
	}
	reader := multipart.NewReader(bytes.NewReader(c.body), params["boundary"])
	for {
		part, err := reader.NextPart()
		if err != nil {
			return "", nil, err
		}
		if part.FormName() == "media" && part.FileName() != "" {
			data, err := io.ReadAll(part)
			return part.FileName(), data, err
		}
	}
}

// mediaGet is GET /cgi-bin/media/get: the bytes, or for a video a JSON with
// its address, or a JSON error.
func (s *Server) mediaGet(c *call) reply {
	s.mu.Lock()
	m := s.mediaLocked(c.account.AppID, c.query.Get("media_id"))
	s.mu.Unlock()
	if m == nil {
		return fail(codeMediaID)
	}
	if m.Kind == "video" {
		return jsonReply(http.StatusOK, map[string]any{"video_url": s.base(c.request) + "/sim/media/" + m.ID})
	}
	data, err := s.readMedia(m)
	if err != nil {
		return fail(codeMediaID)
	}
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": m.Name})
	return reply{
		status: http.StatusOK, contentType: m.ContentType, body: data,
		header: http.Header{"Content-Disposition": {disposition}},
	}
}

// serveMedia gives a file to the phone page, and to whoever got a PicUrl.
func (s *Server) serveMedia(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	m := s.media[r.PathValue("id")]
	s.mu.Unlock()
	if m == nil {
		problem(w, desk.Errorf(desk.NotFound, "the file is unknown or older than three days"))
		return
	}
	data, err := s.readMedia(m)
	if errors.Is(err, os.ErrNotExist) {
		problem(w, desk.Errorf(desk.NotFound, "the file is gone"))
		return
	}
	if err != nil {
		problem(w, err)
		return
	}
	w.Header().Set("Content-Type", m.ContentType)
	w.Header().Set("Cache-Control", "private, max-age=86400")
	_, _ = w.Write(data)
}

// base is the address of this server as others reach it.
func (s *Server) base(r *http.Request) string {
	if s.o.BaseURL != "" {
		return strings.TrimSuffix(s.o.BaseURL, "/")
	}
	return "http://" + r.Host
}

// SendFile is a citizen sending a picture, a voice message or a video: kind is
// image, voice or video. The receiver gets a media id, good for three days.
func (s *Server) SendFile(ctx context.Context, appID, openID, kind, name string, data []byte) (Bubble, error) {
	return s.sendFile(ctx, s.o.BaseURL, Message{OpenID: openID, Type: kind}, appID, name, data)
}

func (s *Server) sendFile(ctx context.Context, base string, m Message, appID, name string, data []byte) (Bubble, error) {
	id, err := s.AddMedia(appID, m.Type, name, data)
	if err != nil {
		return Bubble{}, err
	}
	m.MediaID, m.ThumbMediaID = id, id
	switch m.Type {
	case "image":
		m.PicURL = base + "/sim/media/" + id
	case "voice":
		m.Format = "amr"
	}
	return s.Send(ctx, appID, m)
}

// sampleVoice is two seconds of silence in AMR, for a phone without a microphone.
func sampleVoice() []byte {
	const emptyFrame, frames = 0x7C, 100 // of 20 ms
	return append([]byte("#!AMR\n"), bytes.Repeat([]byte{emptyFrame}, frames)...)
}

// sniff tells a file's type by its first bytes, for the types the platform takes.
func sniff(data []byte) string {
	if bytes.HasPrefix(data, []byte("#!AMR")) {
		return "audio/amr"
	}
	found, _, _ := strings.Cut(http.DetectContentType(data), ";")
	if found == "application/octet-stream" && len(data) > 1 && data[0] == 0xFF && data[1]&0xE0 == 0xE0 {
		return "audio/mpeg" // MP3 without an ID3 head
	}
	return found
}
