package simulator

import (
	"slices"
	"strings"
	"time"
)

// The kinds of send windows (可回复时限), named after the action that opens them.
const (
	windowMessage   = "message"
	windowMenu      = "menu"
	windowSubscribe = "subscribe"
	windowScan      = "scan"
)

// windowRules is the platform's table: how many customer-service messages, for
// how long.
var windowRules = map[string]struct {
	limit int
	open  time.Duration
}{
	windowMessage:   {5, 48 * time.Hour},
	windowMenu:      {3, time.Minute},
	windowSubscribe: {3, time.Minute},
	windowScan:      {3, time.Minute},
}

// window is one open bucket of messages that the account may send.
type window struct {
	Limit int       `json:"limit"`
	Used  int       `json:"used"`
	Until time.Time `json:"until"`
}

// Window is an open send window as the phone page shows it.
type Window struct {
	Name  string    `json:"name"`
	Left  int       `json:"left"`
	Until time.Time `json:"until"`
}

// openWindowLocked opens the window that the citizen's action allows. A newer
// action of a kind replaces that kind's window; leaving closes all.
func (s *Server) openWindowLocked(c *citizen, m Message, now time.Time) {
	kind := s.windowOf(m)
	if m.isEvent() && m.Event == "unsubscribe" {
		clear(c.windows)
	} else if kind != "" {
		rule := windowRules[kind]
		c.windows[kind] = &window{Limit: rule.limit, Until: now.Add(rule.open)}
	} else {
		return
	}
	s.complainLocked("state file", s.state.write(windowsRecord(c)))
	s.windowsChangedLocked(c)
}

func (s *Server) windowsChangedLocked(c *citizen) {
	s.publishLocked(update{appID: c.AppID, openID: c.OpenID, name: "windows", data: c.openWindows(s.o.Now())})
}

// windowOf names the window an action opens, "" for none. Viewing a page and
// reporting a place open none.
func (s *Server) windowOf(m Message) string {
	if !m.isEvent() {
		if m.MenuID != "" {
			return s.o.TapOpens
		}
		return windowMessage
	}
	switch m.Event {
	case "subscribe":
		return windowSubscribe
	case "SCAN":
		return windowScan
	case "CLICK", "scancode_push", "scancode_waitmsg":
		return windowMenu
	}
	return ""
}

// draw takes one message from the window that closes first among those with
// room. It returns the error code: 0, 45015 when no window is open, 45047 when
// the open ones are empty.
func (c *citizen) draw(now time.Time) (*window, int) {
	var best *window
	code := codeWindowOver
	for _, w := range c.windows {
		if !w.Until.After(now) {
			continue
		}
		if w.Used >= w.Limit {
			if best == nil {
				code = codeQuotaUsed
			}
			continue
		}
		if best == nil || w.Until.Before(best.Until) {
			best, code = w, 0
		}
	}
	if best != nil {
		best.Used++
	}
	return best, code
}

// Windows lists the citizen's open send windows.
func (s *Server) Windows(appID, openID string) []Window {
	s.mu.Lock()
	defer s.mu.Unlock()
	acct := s.accounts[appID]
	if acct == nil || acct.citizens[openID] == nil {
		return nil
	}
	return acct.citizens[openID].openWindows(s.o.Now())
}

func (c *citizen) openWindows(now time.Time) []Window {
	open := []Window{}
	for name, w := range c.windows {
		if w.Until.After(now) {
			open = append(open, Window{Name: name, Left: w.Limit - w.Used, Until: w.Until})
		}
	}
	slices.SortFunc(open, func(a, b Window) int { return strings.Compare(a.Name, b.Name) })
	return open
}
