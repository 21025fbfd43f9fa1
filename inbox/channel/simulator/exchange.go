package simulator

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The kinds of exchanges.
const (
	KindCallback = "callback" // platform → desk
	KindVerify   = "verify"   // platform → desk
	KindAPI      = "api"      // desk → platform
)

// bodyShown is how much of a body the protocol log keeps.
const bodyShown = 16 << 10

// Exchange is one request with its answer, for engineers: as it went over the
// wire and, where it was encrypted, as it read. Secrets and tokens are masked.
type Exchange struct {
	ID            int64         `json:"id,string"`
	At            time.Time     `json:"at"`
	Took          time.Duration `json:"took_ns"`
	AppID         string        `json:"account,omitempty"`
	OpenID        string        `json:"openid,omitempty"`
	Kind          string        `json:"kind"`
	Attempt       int           `json:"attempt,omitempty"` // of a callback
	Method        string        `json:"method"`
	URL           string        `json:"url"`
	RequestBody   string        `json:"request_body,omitempty"`
	RequestPlain  string        `json:"request_plain,omitempty"` // set when different from the body
	Status        int           `json:"status,omitempty"`        // 0: no answer
	Code          int           `json:"errcode,omitempty"`
	ResponseBody  string        `json:"response_body,omitempty"`
	ResponsePlain string        `json:"response_plain,omitempty"`
	Error         string        `json:"error,omitempty"`
	Fault         string        `json:"fault,omitempty"` // the fault that was played
}

// Exchanges returns the protocol log, oldest first.
func (s *Server) Exchanges() []Exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.keptExchangesLocked())
}

// keptExchangesLocked is the log without what is only waiting to be cut off.
func (s *Server) keptExchangesLocked() []Exchange {
	return s.exchanges[max(len(s.exchanges)-s.o.Exchanges, 0):]
}

// WaitExchange waits for an exchange, past or coming, that satisfies ok, and
// returns the first.
func (s *Server) WaitExchange(ctx context.Context, ok func(Exchange) bool) (Exchange, error) {
	var found Exchange
	err := s.wait(ctx, func() bool {
		for _, x := range s.exchanges {
			if ok(x) {
				found = x
				return true
			}
		}
		return false
	})
	return found, err
}

// note puts an exchange into the log.
func (s *Server) note(x Exchange) {
	if s.o.Exchanges < 0 {
		return
	}
	x.URL = mask(x.URL)
	if x.RequestPlain == x.RequestBody {
		x.RequestPlain = ""
	}
	for _, body := range []*string{&x.RequestBody, &x.RequestPlain, &x.ResponseBody, &x.ResponsePlain, &x.Error} {
		*body = mask(shown(*body))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastExchange++
	x.ID = s.lastExchange
	if len(s.exchanges) >= 2*s.o.Exchanges { // cut seldom: moving is what costs
		s.exchanges = append(s.exchanges[:0], s.keptExchangesLocked()...)
	}
	s.exchanges = append(s.exchanges, x)
	s.publishLocked(update{appID: x.AppID, openID: x.OpenID, name: "exchange", data: x})
	s.changedLocked()
}

// shown cuts a body for the log and stands in for what is not text.
func shown(body string) string {
	if !utf8.ValidString(body) {
		return "(" + strconv.Itoa(len(body)) + " bytes, not text)"
	}
	if len(body) > bodyShown {
		return strings.ToValidUTF8(body[:bodyShown], "") + "… (" + strconv.Itoa(len(body)) + " bytes)"
	}
	return body
}

var (
	secretInURL  = regexp.MustCompile(`((?:access_token|secret)=)[^&\s"]+`)
	secretInJSON = regexp.MustCompile(`("(?:access_token|secret)"\s*:\s*")[^"]+`)
)

// mask hides app secrets and access tokens.
func mask(s string) string {
	s = secretInURL.ReplaceAllString(s, "${1}***")
	return secretInJSON.ReplaceAllString(s, "${1}***")
}

// unwrapURL takes the address, with its query, out of an HTTP client's error.
func unwrapURL(err error) string {
	var inURL *url.Error
	if errors.As(err, &inURL) {
		err = inURL.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	return err.Error()
}
