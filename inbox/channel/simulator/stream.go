package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"replydesk/inbox/desk"
)

// Limits of the live streams to phone pages.
const (
	streamLimit  = 256 // open at once
	streamBuffer = 256 // updates a slow page may be behind before it is cut off
	heartbeat    = 15 * time.Second
	writeWithin  = 10 * time.Second
)

// update is one change that phone pages show. An empty appID is for all, an
// empty openID for everybody who looks at the account.
type update struct {
	appID, openID string
	name          string // of the event: bubble, citizen, windows, typing, exchange, faults, article, comment
	data          any
}

// stream is one phone page looking at one citizen of one account.
type stream struct {
	appID, openID string
	updates       chan update
}

// publishLocked hands an update to the pages it concerns. A page that cannot
// keep up is cut off: it connects again and begins with a fresh snapshot.
func (s *Server) publishLocked(u update) {
	for st := range s.streams {
		if u.appID != "" && (u.appID != st.appID || u.openID != "" && u.openID != st.openID) {
			continue
		}
		select {
		case st.updates <- u:
		default:
			delete(s.streams, st)
			close(st.updates)
		}
	}
}

// snapshot is what a stream begins with.
type snapshot struct {
	Account   accountView   `json:"account"`
	Citizen   Citizen       `json:"citizen"`
	Bubbles   []Bubble      `json:"bubbles"`
	Windows   []Window      `json:"windows"`
	Articles  []articleView `json:"articles"`
	Faults    []faultView   `json:"faults"`
	Exchanges []Exchange    `json:"exchanges"`
}

// serveStream sends a snapshot and then every change, as Server-Sent Events.
func (s *Server) serveStream(w http.ResponseWriter, r *http.Request) {
	st := &stream{
		appID: r.FormValue("account"), openID: r.FormValue("citizen"),
		updates: make(chan update, streamBuffer),
	}
	first, err := s.subscribe(st)
	if err != nil {
		problem(w, err)
		return
	}
	defer s.unsubscribe(st)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	write := eventWriter(w)
	if write("snapshot", first) != nil {
		return
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case u, open := <-st.updates:
			if !open || write(u.name, u.data) != nil {
				return
			}
		case <-beat.C:
			if write("beat", struct{}{}) != nil {
				return
			}
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}

// subscribe registers the stream and takes its snapshot in one step, so that no
// change falls between.
func (s *Server) subscribe(st *stream) (snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	acct, c, err := s.citizenLocked(st.appID, st.openID, false)
	if err != nil {
		return snapshot{}, err
	}
	if len(s.streams) >= streamLimit {
		return snapshot{}, desk.Errorf(desk.Unavailable, "%d phone pages are open already", streamLimit)
	}
	s.streams[st] = struct{}{}
	return snapshot{
		Account: viewOf(acct.Account), Citizen: c.Citizen,
		Bubbles: orEmpty(s.threadLocked(st.appID, st.openID)), Windows: c.openWindows(s.o.Now()),
		Articles: acct.articleViews(), Faults: faultViews(s.activeFaultsLocked()), Exchanges: s.exchangesLocked(st.appID, st.openID),
	}, nil
}

func (s *Server) unsubscribe(st *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.streams, st)
}

// exchangesLocked is the protocol log as one citizen's page shows it: their own
// exchanges and those of the account that name nobody.
func (s *Server) exchangesLocked(appID, openID string) []Exchange {
	return orEmpty(slices.DeleteFunc(slices.Clone(s.keptExchangesLocked()), func(x Exchange) bool {
		return appID != "" && x.AppID != appID || openID != "" && x.OpenID != "" && x.OpenID != openID
	}))
}

// eventWriter writes one event at a time and gives up on a page that takes none.
func eventWriter(w http.ResponseWriter) func(name string, data any) error {
	control := http.NewResponseController(w)
	return func(name string, data any) error {
		body, err := json.Marshal(data)
		if err != nil {
			return err
		}
		_ = control.SetWriteDeadline(time.Now().Add(writeWithin)) // a recorder has none
		if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, body); err != nil {
			return err
		}
		return control.Flush()
	}
}

// orEmpty makes a nil list an empty one, so that JSON says [] and not null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
