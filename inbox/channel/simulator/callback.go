package simulator

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"replydesk/inbox/channel/wechat"
	"replydesk/inbox/desk"
)

// answerLimit is how much of a receiver's answer is read.
const answerLimit = 64 << 10

// delivery is one callback until it is accepted or given up.
type delivery struct {
	deliveryRecord
	citizen *citizen
	bubble  *Bubble
	// answered says that the platform has taken an answer already.
	answered bool
}

// verdict is what one delivery came to.
type verdict int

const (
	again   verdict = iota // deliver once more
	taken                  // success, an empty body, or a passive reply
	broken                 // an answer that the citizen sees as a fault
	dropped                // the simulator is closing
)

// queueLocked puts a callback behind the citizen's earlier ones. First
// deliveries of one citizen go one after the other, so that only a fault can
// change their order; repeated ones do not hold up what follows.
func (s *Server) queueLocked(d *delivery) {
	s.pending[d.ID] = d
	d.citizen.queue = append(d.citizen.queue, d)
	if !d.citizen.running {
		d.citizen.running = s.spawnLocked(func() { s.drain(d.citizen) })
	}
}

func (s *Server) drain(c *citizen) {
	for {
		s.mu.Lock()
		if len(c.queue) == 0 || s.closed {
			c.running = false
			s.mu.Unlock()
			return
		}
		d := c.queue[0]
		c.queue = c.queue[1:]
		s.mu.Unlock()
		s.first(d)
	}
}

// first makes the first delivery, with the faults that were asked for.
func (s *Server) first(d *delivery) {
	if rule, hit := s.take(CallbackDelay, d.AppID); hit {
		if !s.pause(rule.delay(3 * time.Second)) {
			return
		}
	}
	if rule, hit := s.take(CallbackReorder, d.AppID); hit {
		s.mu.Lock()
		next := s.accounts[d.AppID].firstDone
		s.spawnLocked(func() { s.hold(d, next, rule.delay(10*time.Second)) })
		s.mu.Unlock()
		return
	}
	s.begin(d)
	s.mu.Lock()
	acct := s.accounts[d.AppID]
	close(acct.firstDone)
	acct.firstDone = make(chan struct{})
	s.mu.Unlock()
}

// hold keeps a callback back until another one of the account went out, or
// until none came.
func (s *Server) hold(d *delivery, next <-chan struct{}, longest time.Duration) {
	timer := time.NewTimer(longest)
	defer timer.Stop()
	select {
	case <-next:
	case <-timer.C:
	case <-s.ctx.Done():
		return
	}
	s.begin(d)
}

// begin makes the first delivery and leaves the others to the background.
func (s *Server) begin(d *delivery) {
	if _, hit := s.take(CallbackDuplicate, d.AppID); hit {
		s.mu.Lock()
		s.spawnLocked(func() { s.attempt(d, 1, string(CallbackDuplicate)) })
		s.mu.Unlock()
	}
	started := time.Now()
	if !s.settle(d, 1, s.attempt(d, 1, "")) {
		s.mu.Lock()
		s.spawnLocked(func() { s.repeat(d, started) })
		s.mu.Unlock()
	}
}

// repeat makes the second and further deliveries.
func (s *Server) repeat(d *delivery, started time.Time) {
	for n := 2; n <= s.o.Tries; n++ {
		if !s.pause(time.Until(started.Add(s.o.RetryAfter))) {
			return
		}
		started = time.Now()
		if s.settle(d, n, s.attempt(d, n, "")) {
			return
		}
	}
}

// settle notes what delivery n came to and reports whether it was the last.
func (s *Server) settle(d *delivery, n int, v verdict) bool {
	if v == dropped {
		return true // the state file still has it
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	state := Accepted
	if v == again && n < s.o.Tries {
		s.setStateLocked(d.citizen, d.bubble, Retrying, n)
		return false
	}
	if v != taken {
		state = Failed
		s.noticeLocked(d.citizen, serviceFault)
	}
	s.complainLocked("state file", s.state.write(record{Done: d.ID}))
	delete(s.pending, d.ID)
	s.setStateLocked(d.citizen, d.bubble, state, n)
	s.changedLocked()
	return true
}

// noticeLocked shows a line of the platform to somebody who still follows.
func (s *Server) noticeLocked(c *citizen, text string) {
	if c.Following {
		_, err := s.addBubbleLocked(c, Bubble{From: FromPlatform, Type: "notice", Text: text})
		s.complainLocked("state file", err)
	}
}

// attempt makes one delivery and shows a passive reply.
func (s *Server) attempt(d *delivery, n int, fault string) verdict {
	select {
	case s.air <- struct{}{}:
		defer func() { <-s.air }()
	case <-s.ctx.Done():
		return dropped
	}
	s.mu.Lock()
	acct := s.accounts[d.AppID].Account
	s.mu.Unlock()

	x := Exchange{
		AppID: d.AppID, OpenID: d.OpenID, Kind: KindCallback, Attempt: n, Fault: fault,
		Method: http.MethodPost, RequestPlain: d.Payload,
	}
	address, body, err := s.sign.seal(acct, d.OpenID, []byte(d.Payload))
	if err != nil {
		x.Error = err.Error()
		s.note(x)
		return broken
	}
	contentType := "text/xml"
	if strings.HasPrefix(d.Payload, "{") {
		contentType = "application/json"
	}
	answer := s.call(&x, address, contentType, body)
	if s.ctx.Err() != nil {
		return dropped
	}
	v, reply := judge(acct, d.OpenID, &x, answer)
	s.note(x)
	s.answeredBy(d, v, reply)
	return v
}

// answeredBy shows a passive reply. A callback that was delivered twice is
// answered by the first answer the platform takes; the citizen never sees two.
func (s *Server) answeredBy(d *delivery, v verdict, reply *Bubble) {
	if v != taken {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if reply != nil && !d.answered {
		_, err := s.addBubbleLocked(d.citizen, *reply)
		s.complainLocked("state file", err)
	}
	d.answered = true
}

// call makes one request to a receiver and fills the exchange. The body it
// returns is nil when there was no complete answer in time.
func (s *Server) call(x *Exchange, address, contentType string, body []byte) []byte {
	ctx, cancel := context.WithTimeout(s.ctx, s.o.CallbackTimeout)
	defer cancel()
	started := s.o.Now()
	defer func() { x.Took = s.o.Now().Sub(started) }()
	x.At, x.URL, x.RequestBody = started, address, string(body)
	if address == "" {
		x.Error = "the account has no callback address"
		return nil
	}
	request, err := http.NewRequestWithContext(ctx, x.Method, address, bytes.NewReader(body))
	if err != nil {
		x.Error = err.Error()
		return nil
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	request.Header.Set("User-Agent", "Mozilla/4.0")
	response, err := s.o.HTTPClient.Do(request)
	if err != nil {
		x.Error = unwrapURL(err)
		return nil
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	x.Status, x.ResponseBody = response.StatusCode, string(answer)
	if err != nil {
		x.Error = "the answer broke off: " + unwrapURL(err)
		return nil
	}
	if answer == nil {
		answer = []byte{}
	}
	return answer
}

// judge reads a receiver's answer the way the platform does. Only a status
// other than 200, or no answer, is delivered again; a wrong answer is shown to
// the citizen at once.
func judge(acct Account, openID string, x *Exchange, answer []byte) (verdict, *Bubble) {
	if answer == nil || x.Status != http.StatusOK {
		return again, nil
	}
	if len(answer) == 0 || string(answer) == "success" {
		return taken, nil
	}
	reply, plain, err := readPassive(acct, openID, answer)
	x.ResponsePlain = plain
	if err != nil {
		x.Error = err.Error()
		return broken, nil
	}
	return taken, reply
}

// Verify sends the URL verification that the console sends when the address is
// saved. The error says what was wrong with the answer.
func (s *Server) Verify(ctx context.Context, appID string) error {
	s.mu.Lock()
	known, err := s.knownLocked(appID)
	if err != nil {
		s.mu.Unlock()
		return err
	}
	acct := known.Account
	s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return desk.Errorf(desk.Unavailable, "the caller left: %w", err)
	}
	timestamp, nonce, echo := strconv.FormatInt(s.o.Now().Unix(), 10), s.sign.nonce(), s.sign.nonce()+s.sign.nonce()
	x := Exchange{AppID: appID, Kind: KindVerify, Method: http.MethodGet, Attempt: 1}
	address := withQuery(acct.CallbackURL, map[string][]string{
		"signature": {wechat.Sign(acct.Token, timestamp, nonce)},
		"timestamp": {timestamp}, "nonce": {nonce}, "echostr": {echo},
	})
	answer := s.call(&x, address, "", nil)
	switch {
	case x.Error != "":
	case x.Status != http.StatusOK:
		x.Error = "the answer has status " + strconv.Itoa(x.Status) + ", not 200"
	case string(answer) != echo:
		x.Error = "the answer is not exactly the echostr"
	}
	s.note(x)
	if x.Error != "" {
		return desk.Errorf(desk.Invalid, "URL verification failed: %s", x.Error)
	}
	return nil
}
