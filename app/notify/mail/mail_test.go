package mail_test

import (
	"context"
	"errors"
	"mime"
	"net/mail"
	"strings"
	"testing"
	"time"

	smtp "replydesk/app/notify/mail"
	"replydesk/app/notify/mail/mailtest"
	"replydesk/inbox/desk"
	"replydesk/inbox/notice"
)

func now() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }

var message = notice.Message{Subject: "【已超时】20261122-0042\r\nBcc: evil@example.test", Text: "状态：受理中\nhttps://desk.example.test/inbox/1", To: []notice.Recipient{
	{Name: "李敏", Contact: notice.Contact{Email: "limin@example.test"}}, {Name: "王涛", Contact: notice.Contact{Email: "wangtao@example.test"}},
}}

func setup(s *mailtest.Server, security string) notice.Setup {
	v := notice.Setup{Host: "127.0.0.1", Port: s.Port, Security: security, From: "回复台 <desk@example.test>"}
	if security != smtp.Plain {
		v.Username, v.Password = "desk", "not-a-real-password"
	}
	return v
}

func TestSend(t *testing.T) {
	for _, security := range []string{smtp.TLS, smtp.StartTLS, smtp.Plain} {
		t.Run(security, func(t *testing.T) {
			s := mailtest.New(t, security == smtp.TLS, mailtest.Script{})
			sender := smtp.New(5*time.Second, s.Roots, now)
			if err := sender.Send(t.Context(), setup(s, security), message); err != nil {
				t.Fatal(err)
			}
			letters := s.Letters()
			if len(letters) != 2 {
				t.Fatalf("%d letters", len(letters))
			}
			for i, to := range []string{"limin@example.test", "wangtao@example.test"} {
				l := letters[i]
				if l.From != "desk@example.test" || len(l.To) != 1 || l.To[0] != to || l.Secure != (security != smtp.Plain) {
					t.Errorf("envelope %+v", l)
				}
				if security != smtp.Plain && l.User != "desk" {
					t.Errorf("not signed in: %+v", l)
				}
				m, err := mail.ReadMessage(strings.NewReader(l.Data))
				if err != nil {
					t.Fatal(err)
				}
				subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
				if err != nil || subject != "【已超时】20261122-0042 Bcc: evil@example.test" || m.Header.Get("Bcc") != "" {
					t.Errorf("subject %q, %v", subject, err)
				}
				if m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("Message-Id") == "" {
					t.Errorf("headers %v", m.Header)
				}
			}
		})
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name   string
		script mailtest.Script
		change func(*notice.Setup)
		never  bool
		words  string
	}{
		{name: "wrong password", script: mailtest.Script{"AUTH": "535 5.7.8 wrong"}, words: "535"},
		{name: "no such person", script: mailtest.Script{"RCPT": "550 5.1.1 nobody here"}, never: true, words: "550"},
		{name: "come back later", script: mailtest.Script{"RCPT": "451 4.7.1 greylisted"}, words: "451"},
		{name: "refused letter", script: mailtest.Script{"DATA.": "554 5.7.1 spam"}, never: true, words: "554"},
		{name: "breaks off", script: mailtest.Script{"MAIL": ""}, words: "e-mail server"},
		{name: "nobody there", change: func(v *notice.Setup) { v.Port = 1 }, words: "cannot be reached"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := mailtest.New(t, false, tt.script)
			v := setup(s, smtp.StartTLS)
			if tt.change != nil {
				tt.change(&v)
			}
			err := smtp.New(5*time.Second, s.Roots, now).Send(t.Context(), v, message)
			var refused *notice.Refused
			if err == nil || errors.As(err, &refused) != tt.never || !strings.Contains(err.Error(), tt.words) {
				t.Errorf("%v, never again %v", err, errors.As(err, &refused))
			}
			for _, private := range []string{"not-a-real", "limin", "bm90LWEtcmVhbC"} {
				if err != nil && strings.Contains(err.Error(), private) {
					t.Errorf("%v gives %s away", err, private)
				}
			}
		})
	}
}

// A certificate nobody vouches for is not taken, and no password is sent.
func TestForeignCertificate(t *testing.T) {
	for _, security := range []string{smtp.TLS, smtp.StartTLS} {
		s := mailtest.New(t, security == smtp.TLS, mailtest.Script{})
		err := smtp.New(5*time.Second, nil, now).Send(t.Context(), setup(s, security), message)
		if err == nil || !strings.Contains(err.Error(), "certificate") || s.SignIns() != 0 {
			t.Errorf("%s: %v after %d sign-ins", security, err, s.SignIns())
		}
	}
}

// A server that never speaks costs no more than the time-out.
func TestStall(t *testing.T) {
	s := mailtest.New(t, false, mailtest.Script{"greeting": ""})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	err := smtp.New(100*time.Millisecond, s.Roots, now).Send(ctx, setup(s, smtp.StartTLS), message)
	if err == nil || !strings.Contains(err.Error(), "in time") {
		t.Errorf("%v", err)
	}
}

func TestCheck(t *testing.T) {
	good := notice.Setup{Host: "smtp.example.test", Port: 465, Security: smtp.TLS, From: "desk@example.test", Username: "u", Password: "p"}
	sender := smtp.New(time.Second, nil, now)
	if err := sender.Check(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*notice.Setup){
		"host":              func(v *notice.Setup) { v.Host = "smtp.example.test\r\nX" },
		"metadata":          func(v *notice.Setup) { v.Host = "169.254.169.254" },
		"port":              func(v *notice.Setup) { v.Port = 0 },
		"security":          func(v *notice.Setup) { v.Security = "ssl" },
		"password in clear": func(v *notice.Setup) { v.Security = smtp.Plain },
		"username":          func(v *notice.Setup) { v.Username = "" },
		"from":              func(v *notice.Setup) { v.From = "nobody" },
	} {
		v := good
		change(&v)
		if err := sender.Check(v); desk.CodeOf(err) != desk.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
