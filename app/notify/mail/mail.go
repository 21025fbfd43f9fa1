// Package mail sends notices by SMTP. It is the only user of go-mail. Which
// server, and what a message says, are inbox/notice's.
package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"replydesk/inbox/desk"
	"replydesk/inbox/notice"
)

// How the connection is secured.
const (
	TLS      = "tls"      // from the first byte, port 465
	StartTLS = "starttls" // before anything is said, port 587
	Plain    = "none"     // inside a network of one's own; no password is sent
)

// hosts are names and addresses a server may have.
var hosts = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)

// Sender sends by the server a setup names. It keeps no connection.
type Sender struct {
	timeout time.Duration
	roots   *x509.CertPool
	now     func() time.Time
}

// New returns a Sender. timeout bounds each step of a conversation; roots are
// who may vouch for a server, nil: whom the machine trusts.
func New(timeout time.Duration, roots *x509.CertPool, now func() time.Time) *Sender {
	return &Sender{timeout: timeout, roots: roots, now: now}
}

var _ notice.Sender = (*Sender)(nil)

// Check implements notice.Sender.
func (s *Sender) Check(v notice.Setup) error {
	ip, err := netip.ParseAddr(v.Host)
	switch {
	case err == nil && (ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified()), err != nil && !hosts.MatchString(v.Host):
		return desk.InvalidField("host", "不是有效的服务器地址")
	case v.Port < 1 || v.Port > 65535:
		return desk.InvalidField("port", "须为 1 至 65535")
	case !slices.Contains([]string{TLS, StartTLS, Plain}, v.Security):
		return desk.InvalidField("security", "须为 tls、starttls 或 none")
	case v.Security == Plain && v.Password != "":
		return desk.InvalidField("security", "不加密的连接不发送密码")
	case v.Username == "" && v.Password != "":
		return desk.InvalidField("username", "不能为空")
	}
	if err := gomail.NewMsg().From(v.From); err != nil {
		return desk.InvalidField("from", "不是有效的邮箱地址")
	}
	return nil
}

// Send implements notice.Sender: each recipient gets a letter of their own, so
// that nobody learns of the others.
func (s *Sender) Send(ctx context.Context, v notice.Setup, m notice.Message) error {
	letters := make([]*gomail.Msg, 0, len(m.To))
	for _, to := range m.To {
		letter, err := s.letter(v, m, to)
		if err != nil {
			return err
		}
		letters = append(letters, letter)
	}
	client, err := s.client(v)
	if err != nil {
		return &notice.Refused{Reason: "the setup of the e-mail server is wrong"}
	}
	return classify(client.DialAndSendWithContext(ctx, letters...))
}

func (s *Sender) letter(v notice.Setup, m notice.Message, to notice.Recipient) (*gomail.Msg, error) {
	letter := gomail.NewMsg()
	if letter.From(v.From) != nil {
		return nil, &notice.Refused{Reason: "the sender's address is wrong"}
	}
	if letter.To(to.Email) != nil {
		return nil, &notice.Refused{Reason: "the person has no valid e-mail address"}
	}
	letter.Subject(strings.Join(strings.Fields(m.Subject), " "))
	letter.SetDateWithValue(s.now())
	letter.SetMessageID()
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetBodyString(gomail.TypeTextPlain, m.Text)
	return letter, nil
}

func (s *Sender) client(v notice.Setup) (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(v.Port), gomail.WithTimeout(s.timeout), gomail.WithoutNoop(),
		gomail.WithTLSConfig(&tls.Config{ServerName: v.Host, RootCAs: s.roots, MinVersion: tls.VersionTLS12}),
	}
	switch v.Security {
	case TLS:
		options = append(options, gomail.WithSSL())
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if v.Username != "" && v.Security != Plain {
		options = append(options, gomail.WithUsername(v.Username), gomail.WithPassword(v.Password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	return gomail.NewClient(v.Host, options...)
}

// codes finds a reply code of SMTP at the start of what a server said.
var codes = regexp.MustCompile(`\b([45])[0-9]{2}\b`)

// classify turns go-mail's errors into the desk's words: a permanent refusal by
// the server is never tried again, all else is. It repeats no address.
func classify(err error) error {
	if err == nil {
		return nil
	}
	var send *gomail.SendError
	var network net.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &send):
		reason := fmt.Sprintf("the e-mail server answered %d", send.ErrorCode())
		if send.ErrorCode() == 0 {
			return errors.New("the e-mail server broke off")
		}
		if !send.IsTemp() {
			return &notice.Refused{Reason: reason}
		}
		return errors.New(reason)
	case errors.As(err, &certificate):
		return errors.New("the e-mail server's certificate is not trusted")
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return errors.New("the e-mail server did not answer in time")
	}
	if code := codes.FindString(err.Error()); code != "" {
		// Before the letter: sign-in refused, too many connections …
		return fmt.Errorf("the e-mail server answered %s", code)
	}
	return errors.New("the e-mail server cannot be reached")
}
