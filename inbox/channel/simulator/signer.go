package simulator

import (
	"crypto/rand"
	"encoding/binary"
	"io"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"replydesk/inbox/channel/wechat"
	"replydesk/inbox/desk"
)

// Signer writes callbacks without a Server, so that a load generator can make
// thousands ahead of time. The zero value is ready; use one from any number of
// goroutines if Now and Random allow it, as the defaults do.
type Signer struct {
	Now    func() time.Time // nil: time.Now
	Random io.Reader        // nonces and cipher prefixes; nil: crypto/rand
	lastID atomic.Int64
}

// BuildCallback returns the address, with signature and openid, and the body
// of one callback in the account's mode and format. A message without MsgID or
// At gets the next number and the present time. The address is as fresh as its
// timestamp: receivers refuse old ones, usually after ten minutes.
func (s *Signer) BuildCallback(a Account, m Message) (callback string, body []byte, err error) {
	a, err = a.checked()
	if err != nil {
		return "", nil, err
	}
	now := s.now()
	if m.At.IsZero() {
		m.At = now
	}
	if m.MsgID == 0 && !m.isEvent() {
		m.MsgID = s.nextID(now)
	}
	return s.seal(a, m.OpenID, m.payload(a.OriginalID).encode(a.Format))
}

// nextID gives numbers that rise, in one process and from run to run, and lie
// above 2^53 as the platform's do.
func (s *Signer) nextID(now time.Time) int64 {
	for {
		last := s.lastID.Load()
		next := max(last+1, firstMsgID(now))
		if s.lastID.CompareAndSwap(last, next) {
			return next
		}
	}
}

func firstMsgID(now time.Time) int64 { return now.UnixMilli() * 10_000 }

// seal signs a payload and encrypts it as the account's mode wants.
func (s *Signer) seal(a Account, openID string, payload []byte) (callback string, body []byte, err error) {
	timestamp, nonce := strconv.FormatInt(s.now().Unix(), 10), s.nonce()
	query := url.Values{
		"signature": {wechat.Sign(a.Token, timestamp, nonce)},
		"timestamp": {timestamp},
		"nonce":     {nonce},
		"openid":    {openID},
	}
	body = payload
	if a.Mode != Plain {
		var random [16]byte
		s.fill(random[:])
		cipher, err := wechat.Encrypt(random, payload, a.AppID, a.EncodingAESKey)
		if err != nil {
			return "", nil, desk.Errorf(desk.Internal, "encrypt a callback: %w", err)
		}
		query.Set("encrypt_type", "aes")
		query.Set("msg_signature", wechat.Sign(a.Token, timestamp, nonce, cipher))
		body = envelope(a, payload, cipher)
	}
	return withQuery(a.CallbackURL, query), body, nil
}

// envelope puts the cipher text around or, in compatible mode, into the payload.
func envelope(a Account, payload []byte, cipher string) []byte {
	if a.Mode == Safe {
		return Fields{{"ToUserName", a.OriginalID}, {"Encrypt", cipher}}.encode(a.Format)
	}
	extra := Fields{{"Encrypt", cipher}}.encode(a.Format)
	text := string(payload)
	if text[0] == '{' {
		return []byte(strings.TrimSuffix(text, "}") + "," + strings.TrimPrefix(string(extra), "{"))
	}
	return []byte(strings.TrimSuffix(text, "</xml>") + strings.TrimPrefix(string(extra), "<xml>"))
}

// withQuery appends query values to an address that may have some already.
func withQuery(address string, query url.Values) string {
	if address == "" {
		return ""
	}
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return address + separator + query.Encode()
}

func (s *Signer) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *Signer) nonce() string {
	var b [4]byte
	s.fill(b[:])
	return strconv.FormatUint(uint64(binary.BigEndian.Uint32(b[:])), 10)
}

func (s *Signer) fill(p []byte) {
	if s.Random == nil {
		_, _ = rand.Read(p) // crypto/rand never fails; it ends the program instead
		return
	}
	if _, err := io.ReadFull(s.Random, p); err != nil {
		panic("simulator: the Signer's random source is dry: " + err.Error())
	}
}
