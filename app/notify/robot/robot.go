// Package robot sends notices to the group robots of 企业微信, 钉钉 and 飞书. Each
// has its own signature and shape of a message (wecom.go, dingtalk.go,
// feishu.go); what they have in common is here: one POST behind a guard against
// internal addresses, and what an answer means.
package robot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"replydesk/inbox/desk"
	"replydesk/inbox/notice"
)

// Bounds of one call.
const (
	maxText   = 2000        // bytes of a message: below what any of the three takes
	maxAnswer = 64 << 10    // bytes of an answer
	maxSecret = 256         // bytes of a signing secret
	pause     = time.Minute // where a platform says "too often" but not for how long
)

// dialect is what the three platforms do differently.
type dialect interface {
	// request is what is posted, and where, at a time.
	request(address *url.URL, secret string, m notice.Message, now time.Time) (*url.URL, any)
}

// Options of a Sender; all are needed but the guard's.
type Options struct {
	Guard   Guard
	Timeout time.Duration
	// SlowCodes are the answers that mean "too often, wait". Platforms change
	// them without notice, so they are a setting.
	SlowCodes []int
	Now       func() time.Time
}

// Sender sends to the robots of one platform.
type Sender struct {
	o       Options
	dialect dialect
	http    *http.Client
}

var _ notice.Sender = (*Sender)(nil)

// NewWeCom returns the Sender of 企业微信.
func NewWeCom(o Options) *Sender { return newSender(o, wecom{}) }

// NewDingTalk returns the Sender of 钉钉.
func NewDingTalk(o Options) *Sender { return newSender(o, dingtalk{}) }

// NewFeishu returns the Sender of 飞书.
func NewFeishu(o Options) *Sender { return newSender(o, feishu{}) }

func newSender(o Options, d dialect) *Sender {
	return &Sender{o: o, dialect: d, http: o.Guard.client(o.Timeout)}
}

// Check implements notice.Sender.
func (s *Sender) Check(v notice.Setup) error {
	if _, err := s.o.Guard.check(v.URL); err != nil {
		return err
	}
	if len(v.Secret) > maxSecret || strings.ContainsFunc(v.Secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return desk.InvalidField("secret", "不是有效的加签密钥")
	}
	return nil
}

// Send implements notice.Sender.
func (s *Sender) Send(ctx context.Context, v notice.Setup, m notice.Message) error {
	address, err := s.o.Guard.check(v.URL)
	if err != nil {
		return &notice.Refused{Reason: "the robot's address is not allowed"}
	}
	m.Text = shorten(m.Text, maxText)
	to, body := s.dialect.request(address, v.Secret, m, s.o.Now())
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(raw))
	if err != nil {
		return &notice.Refused{Reason: "the robot's address is wrong"}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := s.http.Do(req)
	if err != nil {
		return unreachable(err)
	}
	defer resp.Body.Close()
	return s.read(resp)
}

// unreachable says what went wrong without the address, which carries the
// robot's key.
func unreachable(err error) error {
	var refused refusedAddress
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &refused):
		return &notice.Refused{Reason: refused.Error()}
	case errors.As(err, &timeout) && timeout.Timeout():
		return errors.New("the robot did not answer in time")
	}
	return errors.New("the robot cannot be reached")
}

// answer is what the platforms say: 企业微信 and 钉钉 errcode, 飞书 code.
type answer struct {
	ErrCode *int   `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
	Code    *int   `json:"code"`
	Msg     string `json:"msg"`
}

func (s *Sender) read(resp *http.Response) error {
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case resp.StatusCode == http.StatusTooManyRequests:
		return &notice.Slow{After: after(resp), Reason: "the robot answered 429"}
	case resp.StatusCode >= 300 && resp.StatusCode < 500:
		return &notice.Refused{Reason: fmt.Sprintf("the robot answered %d", resp.StatusCode)}
	case resp.StatusCode != http.StatusOK:
		return fmt.Errorf("the robot answered %d", resp.StatusCode)
	case err != nil:
		return errors.New("the robot's answer broke off")
	}
	var a answer
	if json.Unmarshal(raw, &a) != nil || a.ErrCode == nil && a.Code == nil {
		return errors.New("the robot's answer cannot be read")
	}
	code, words := a.Code, a.Msg
	if a.ErrCode != nil {
		code, words = a.ErrCode, a.ErrMsg
	}
	said := fmt.Sprintf("the robot answered %d: %s", *code, shorten(words, 160))
	switch {
	case *code == 0:
		return nil
	case slices.Contains(s.o.SlowCodes, *code):
		return &notice.Slow{After: pause, Reason: said}
	}
	return errors.New(said)
}

// after is how long an answer asks to wait.
func after(resp *http.Response) time.Duration {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds <= 0 {
		return pause
	}
	return min(time.Duration(seconds)*time.Second, time.Hour)
}

// shorten cuts a text to a number of bytes, at the end of a line where it can.
func shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	s = s[:limit-len("\n…")]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	if i := strings.LastIndexByte(s, '\n'); i > limit/2 {
		s = s[:i]
	}
	return s + "\n…"
}

// mentions are the people of a message as a platform calls them: by id where
// there is one, else by mobile number.
func mentions(to []notice.Recipient) (ids, mobiles []string) {
	for _, r := range to {
		switch {
		case r.MentionID != "":
			ids = append(ids, r.MentionID)
		case r.Mobile != "":
			mobiles = append(mobiles, r.Mobile)
		}
	}
	return ids, mobiles
}
