package simulator

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"replydesk/inbox/desk"
)

// actionLimit is the largest JSON body of the control API.
const actionLimit = 64 << 10

// routes puts the three parts of the server together.
func (s *Server) routes() {
	s.api = s.endpoints()
	s.page = readPage()
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("/cgi-bin/", s.serveAPI)
	s.mux.Handle("GET /{$}", http.RedirectHandler("/phone", http.StatusFound))
	s.mux.HandleFunc("GET /phone", s.page.serveIndex)
	s.mux.HandleFunc("GET /phone/{file}", s.page.serveFile)
	for pattern, handle := range map[string]http.HandlerFunc{
		"GET /sim/accounts":   s.listAccounts,
		"GET /sim/citizens":   s.listCitizens,
		"POST /sim/citizens":  s.postCitizen,
		"GET /sim/thread":     s.getThread,
		"GET /sim/articles":   s.listArticles,
		"GET /sim/stream":     s.serveStream,
		"GET /sim/exchanges":  s.listExchanges,
		"GET /sim/media/{id}": s.serveMedia,
		"GET /sim/faults":     s.listFaults,
		"POST /sim/faults":    s.postFaults,
		"POST /sim/say":       s.postSay,
		"POST /sim/image":     s.postImage,
		"POST /sim/voice":     s.postVoice,
		"POST /sim/location":  s.postLocation,
		"POST /sim/link":      s.postLink,
		"POST /sim/event":     s.postEvent,
		"POST /sim/verify":    s.postVerify,
	} {
		s.mux.HandleFunc(pattern, ownSite(handle))
	}
}

// ownSite refuses what a page of another site made a browser send.
func ownSite(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
		if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
			problem(w, desk.Errorf(desk.Forbidden, "the request comes from another site"))
			return
		}
		next(w, r)
	}
}

// accountView is an Account without its secrets.
type accountView struct {
	AppID       string     `json:"app_id"`
	Name        string     `json:"name"`
	OriginalID  string     `json:"original_id"`
	Mode        Mode       `json:"mode"`
	Format      Format     `json:"format"`
	CallbackURL string     `json:"callback_url"`
	Menu        []MenuItem `json:"menu"`
	Certified   bool       `json:"certified"`
}

func viewOf(a Account) accountView {
	return accountView{
		AppID: a.AppID, Name: a.Name, OriginalID: a.OriginalID, Mode: a.Mode, Format: a.Format,
		CallbackURL: a.CallbackURL, Menu: orEmpty(a.Menu), Certified: !a.Uncertified,
	}
}

// faultView is a FaultRule on the wire.
type faultView struct {
	Fault       Fault   `json:"fault"`
	Account     string  `json:"account"`
	Probability float64 `json:"probability"`
	Count       int     `json:"count"`
	DelayMS     int64   `json:"delay_ms,omitempty"`
}

func faultViews(rules []FaultRule) []faultView {
	views := make([]faultView, 0, len(rules))
	for _, r := range rules {
		views = append(views, faultView{r.Fault, r.AppID, r.Probability, r.Count, r.Delay.Milliseconds()})
	}
	return views
}

func (s *Server) listAccounts(w http.ResponseWriter, _ *http.Request) {
	views := []accountView{}
	for _, a := range s.Accounts() {
		views = append(views, viewOf(a))
	}
	answer(w, items(views))
}

func (s *Server) listCitizens(w http.ResponseWriter, r *http.Request) {
	answer(w, items(orEmpty(s.Citizens(r.FormValue("account")))))
}

func (s *Server) postCitizen(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Account string `json:"account"`
		Name    string `json:"name"`
	}
	act(w, r, &in, func() (any, error) { return s.AddCitizen(in.Account, in.Name) })
}

func (s *Server) getThread(w http.ResponseWriter, r *http.Request) {
	answer(w, items(orEmpty(s.Thread(r.FormValue("account"), r.FormValue("citizen")))))
}

func (s *Server) listArticles(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	acct, err := s.knownLocked(r.FormValue("account"))
	var views []articleView
	if err == nil {
		views = acct.articleViews()
	}
	s.mu.Unlock()
	if err != nil {
		problem(w, err)
		return
	}
	answer(w, items(views))
}

func (s *Server) listExchanges(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	list := s.exchangesLocked(r.FormValue("account"), r.FormValue("citizen"))
	s.mu.Unlock()
	answer(w, items(list))
}

func (s *Server) listFaults(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{"items": faultViews(s.ActiveFaults()), "known": allFaults})
}

// postFaults clears all rules when told, sets rules, kills tokens and ages
// media, in this order.
func (s *Server) postFaults(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Clear       bool        `json:"clear"`
		Rules       []faultView `json:"rules"`
		Account     string      `json:"account"` // for the two below; empty: all
		KillTokens  bool        `json:"kill_tokens"`
		ExpireMedia bool        `json:"expire_media"`
	}
	act(w, r, &in, func() (any, error) {
		rules := make([]FaultRule, 0, len(in.Rules))
		for _, v := range in.Rules {
			rules = append(rules, FaultRule{v.Fault, v.Account, v.Probability, v.Count, time.Duration(v.DelayMS) * time.Millisecond})
		}
		if in.Clear {
			s.ClearFaults()
		}
		if err := s.Faults(rules...); err != nil {
			return nil, err
		}
		if in.KillTokens {
			s.KillTokens(in.Account)
		}
		if in.ExpireMedia {
			s.ExpireMedia(in.Account)
		}
		return items(faultViews(s.ActiveFaults())), nil
	})
}

// whom names the citizen of an action.
type whom struct {
	Account string `json:"account"`
	Citizen string `json:"citizen"`
}

func (s *Server) postSay(w http.ResponseWriter, r *http.Request) {
	var in struct {
		whom
		Text   string `json:"text"`
		MenuID string `json:"menu_id"`
	}
	act(w, r, &in, func() (any, error) {
		return s.Send(r.Context(), in.Account, Message{OpenID: in.Citizen, Type: "text", Content: in.Text, MenuID: in.MenuID})
	})
}

func (s *Server) postLocation(w http.ResponseWriter, r *http.Request) {
	var in struct {
		whom
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
		Label     string  `json:"label"`
	}
	act(w, r, &in, func() (any, error) {
		return s.Send(r.Context(), in.Account, Message{
			OpenID: in.Citizen, Type: "location",
			Latitude: in.Latitude, Longitude: in.Longitude, Scale: 16, Label: in.Label,
		})
	})
}

func (s *Server) postLink(w http.ResponseWriter, r *http.Request) {
	var in struct {
		whom
		Title       string `json:"title"`
		Description string `json:"description"`
		URL         string `json:"url"`
	}
	act(w, r, &in, func() (any, error) {
		return s.Send(r.Context(), in.Account, Message{
			OpenID: in.Citizen, Type: "link", Title: in.Title, Description: in.Description, URL: in.URL,
		})
	})
}

func (s *Server) postEvent(w http.ResponseWriter, r *http.Request) {
	var in struct {
		whom
		Event string `json:"event"`
		Key   string `json:"key"`
	}
	act(w, r, &in, func() (any, error) {
		switch in.Event {
		case "follow":
			return s.Follow(r.Context(), in.Account, in.Citizen)
		case "unfollow":
			return s.Unfollow(r.Context(), in.Account, in.Citizen)
		case "click":
			return s.Click(r.Context(), in.Account, in.Citizen, in.Key)
		case "scan":
			return s.Scan(r.Context(), in.Account, in.Citizen, in.Key)
		case "view":
			return s.Send(r.Context(), in.Account, Message{OpenID: in.Citizen, Type: "event", Event: "VIEW", EventKey: in.Key})
		}
		return nil, desk.InvalidField("event", "is none of follow, unfollow, click, scan, view")
	})
}

func (s *Server) postVerify(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Account string `json:"account"`
	}
	act(w, r, &in, func() (any, error) {
		return map[string]bool{"verified": true}, s.Verify(r.Context(), in.Account)
	})
}

// postImage takes the picture itself as the body.
func (s *Server) postImage(w http.ResponseWriter, r *http.Request) { s.postFile(w, r, "image", nil) }

// postVoice takes AMR or MP3 as the body, or nothing for two seconds of silence.
func (s *Server) postVoice(w http.ResponseWriter, r *http.Request) {
	s.postFile(w, r, "voice", sampleVoice())
}

func (s *Server) postFile(w http.ResponseWriter, r *http.Request, kind string, otherwise []byte) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, uploadLimit))
	if err != nil {
		problem(w, desk.InvalidField("file", "is too large or broke off"))
		return
	}
	if len(data) == 0 {
		data = otherwise
	}
	name := r.URL.Query().Get("name")
	if name == "" {
		name = kind
	}
	m := Message{OpenID: r.URL.Query().Get("citizen"), Type: kind}
	bubble, err := s.sendFile(r.Context(), s.base(r), m, r.URL.Query().Get("account"), name, data)
	if err != nil {
		problem(w, err)
		return
	}
	answer(w, bubble)
}

// act reads a JSON body, does something and answers with the result. Asking
// for the JSON content type keeps forms of other sites out.
func act(w http.ResponseWriter, r *http.Request, in any, do func() (any, error)) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		problem(w, desk.Errorf(desk.Invalid, "the Content-Type must be application/json"))
		return
	}
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, actionLimit))
	dec.DisallowUnknownFields()
	if err := dec.Decode(in); err != nil {
		problem(w, desk.Errorf(desk.Invalid, "the body is not the JSON expected: %s", err))
		return
	}
	out, err := do()
	if err != nil {
		problem(w, err)
		return
	}
	answer(w, out)
}

func items[T any](list []T) map[string]any { return map[string]any{"items": list} }

func answer(w http.ResponseWriter, v any) {
	out := jsonReply(http.StatusOK, v)
	w.Header().Set("Content-Type", out.contentType)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(out.body)
}

var statuses = map[desk.Code]int{
	desk.Invalid:     http.StatusBadRequest,
	desk.Forbidden:   http.StatusForbidden,
	desk.NotFound:    http.StatusNotFound,
	desk.Conflict:    http.StatusConflict,
	desk.Unavailable: http.StatusServiceUnavailable,
}

// problem answers an error as application/problem+json.
func problem(w http.ResponseWriter, err error) {
	status, detail := http.StatusInternalServerError, "the simulator failed"
	var known *desk.Error
	if errors.As(err, &known) {
		detail = known.Message
		if s, ok := statuses[known.Code]; ok {
			status = s
		}
	}
	out := jsonReply(status, map[string]any{
		"status": status, "code": desk.CodeOf(err), "title": http.StatusText(status), "detail": detail,
	})
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write(out.body)
}
