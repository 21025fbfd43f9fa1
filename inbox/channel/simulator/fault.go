package simulator

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"replydesk/inbox/desk"
)

// Fault is a way the platform can misbehave.
type Fault string

// The faults. Those of a send hit replies to comments too, and nothing is
// accepted unless it says so.
const (
	CallbackDuplicate Fault = "callback_duplicate" // the same callback twice at the same time
	CallbackReorder   Fault = "callback_reorder"   // held until another one of the account went out, at most Delay (10 s)
	CallbackDelay     Fault = "callback_delay"     // Delay (3 s) before the first delivery
	SendAnswerLost    Fault = "send_answer_lost"   // accepted; after Delay (0) the connection breaks without an answer
	SendSlow          Fault = "send_slow"          // accepted at once, answered after Delay (6 s)
	SendReset         Fault = "send_reset"         // the connection breaks without an answer
	SendHTTP500       Fault = "send_http_500"      // HTTP 500 with an HTML body
	SendHTTP502       Fault = "send_http_502"      // HTTP 502 with an HTML body
	SendBusy          Fault = "send_busy"          // errcode -1
	SendDailyLimit    Fault = "send_daily_limit"   // errcode 45009
	SendMinuteLimit   Fault = "send_minute_limit"  // errcode 45011
	SendBadToken      Fault = "send_bad_token"     // errcode 40001 although the token is good
	CommentsOff       Fault = "comments_off"       // errcode 88000: the account has no comment privilege
	TokenShort        Fault = "token_short"        // tokens are made with expires_in 300
	IPBlocked         Fault = "ip_blocked"         // errcode 40164 for every call
)

// allFaults lists the faults in the order the page shows them.
var allFaults = [...]Fault{
	CallbackDuplicate, CallbackReorder, CallbackDelay,
	SendAnswerLost, SendSlow, SendReset, SendHTTP500, SendHTTP502,
	SendBusy, SendDailyLimit, SendMinuteLimit, SendBadToken,
	CommentsOff, TokenShort, IPBlocked,
}

// FaultRule says when a fault happens. Count alone: the next Count times.
// Probability alone: always with that probability, until changed. Both: with
// that probability, at most Count times. Neither: the rule is taken away.
type FaultRule struct {
	Fault       Fault
	AppID       string // empty: every account
	Probability float64
	Count       int
	Delay       time.Duration // of faults that wait; 0: the fault's own
}

func (r FaultRule) delay(otherwise time.Duration) time.Duration { return cmp.Or(r.Delay, otherwise) }

// Faults sets rules. A rule replaces the one of the same fault and account; an
// account's own rule goes before the one for all. It is a desk.Error Invalid
// when a rule makes no sense, and then nothing changed.
func (s *Server) Faults(rules ...FaultRule) error {
	for _, r := range rules {
		switch {
		case !slices.Contains(allFaults[:], r.Fault):
			return desk.InvalidField("fault", "%q is unknown", r.Fault)
		case r.Probability < 0 || r.Probability > 1:
			return desk.InvalidField("probability", "is not between 0 and 1")
		case r.Count < 0:
			return desk.InvalidField("count", "is negative")
		case r.Delay < 0 || r.Delay > time.Minute:
			return desk.InvalidField("delay_ms", "is not between 0 and 60000")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range rules {
		s.faults = slices.DeleteFunc(s.faults, func(old *FaultRule) bool {
			return old.Fault == r.Fault && old.AppID == r.AppID
		})
		if r.Probability > 0 || r.Count > 0 {
			s.faults = append(s.faults, &r)
		}
	}
	s.faultsChangedLocked()
	return nil
}

// ClearFaults takes all rules away.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
	s.faultsChangedLocked()
}

// ActiveFaults lists the rules that may still happen, with what is left of
// their counts.
func (s *Server) ActiveFaults() []FaultRule {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.activeFaultsLocked()
}

func (s *Server) activeFaultsLocked() []FaultRule {
	rules := make([]FaultRule, 0, len(s.faults))
	for _, r := range s.faults {
		rules = append(rules, *r)
	}
	slices.SortFunc(rules, func(a, b FaultRule) int {
		return cmp.Or(strings.Compare(string(a.Fault), string(b.Fault)), strings.Compare(a.AppID, b.AppID))
	})
	return rules
}

// take asks whether a fault happens now, and uses its count.
func (s *Server) take(f Fault, appID string) (FaultRule, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.takeLocked(f, appID)
}

func (s *Server) takeLocked(f Fault, appID string) (FaultRule, bool) {
	var rule *FaultRule
	for _, r := range s.faults {
		if r.Fault == f && (r.AppID == appID || r.AppID == "" && rule == nil) {
			rule = r
		}
	}
	if rule == nil || rule.Probability > 0 && s.random.Float64() >= rule.Probability {
		return FaultRule{}, false
	}
	if rule.Count > 0 {
		rule.Count--
		if rule.Count == 0 {
			s.faults = slices.DeleteFunc(s.faults, func(r *FaultRule) bool { return r == rule })
		}
		s.faultsChangedLocked()
	}
	return *rule, true
}

func (s *Server) faultsChangedLocked() {
	s.publishLocked(update{name: "faults", data: faultViews(s.activeFaultsLocked())})
	s.changedLocked()
}
