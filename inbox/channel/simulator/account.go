package simulator

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"time"

	"replydesk/inbox/desk"
)

// Mode is how an account's callbacks are written (消息加解密方式).
type Mode string

// The modes: plain fields, plain fields beside the cipher text, cipher text only.
const (
	Plain      Mode = "plain"
	Compatible Mode = "compatible"
	Safe       Mode = "safe"
)

// Format is the data format of an account's callbacks.
type Format string

// The data formats.
const (
	XML  Format = "xml"
	JSON Format = "json"
)

// Account is one Official Account as its console shows it.
type Account struct {
	AppID          string
	AppSecret      string
	Token          string // signs callbacks
	EncodingAESKey string // 43 characters; may stay empty in plain mode
	OriginalID     string // gh_…; empty: made from the AppID
	Mode           Mode   // empty: plain
	Format         Format // empty: XML
	CallbackURL    string // where callbacks go; empty: they fail as if the server were down
	Name           string
	Menu           []MenuItem // the custom menu under the chat
	// Uncertified accounts may not send customer-service messages (48001).
	Uncertified bool
}

// MenuItem is a button of the custom menu. With a URL it opens a page (VIEW),
// otherwise it is a command (CLICK) with Key as its EventKey.
type MenuItem struct {
	Name string `json:"name"`
	Key  string `json:"key,omitempty"`
	URL  string `json:"url,omitempty"`
}

// Citizen is a person as one account sees them.
type Citizen struct {
	AppID     string `json:"account"`
	OpenID    string `json:"openid"`
	Name      string `json:"name"` // for the phone page; the platform never tells it to the account
	Following bool   `json:"following"`
}

// account is an Account with what the platform keeps about it.
type account struct {
	Account
	known     bool // AddAccount was called; false while only the state file names it
	citizens  map[string]*citizen
	order     []*citizen // as they came
	articles  []*article // as added
	tokens    tokens
	firstDone chan struct{} // closed and replaced when a first delivery ended; frees held callbacks
}

// citizen is a Citizen with their phone and their send windows.
type citizen struct {
	Citizen
	since      time.Time // of following
	bubbles    []*Bubble // in order, at most threadLimit
	windows    map[string]*window
	lastAction time.Time
	typing     time.Time // until when the account shows as typing
	queue      []*delivery
	running    bool // a goroutine works on queue
}

// OpenID is the openid under which an account sees the named person. It is the
// same in every run, and different for every account, as on the platform.
func OpenID(appID, name string) string {
	sum := sha256.Sum256([]byte(appID + "\x00" + name))
	return "o" + base64.RawURLEncoding.EncodeToString(sum[:])[:27]
}

// AddAccount opens an account, or changes it when the AppID is known. The
// test citizens of the Options follow it. It is a desk.Error Invalid when a
// setting is missing or malformed.
func (s *Server) AddAccount(a Account) error {
	a, err := a.checked()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	acct := s.accountLocked(a.AppID)
	acct.Account = a
	if !acct.known {
		acct.known = true
		s.appIDs = append(s.appIDs, a.AppID)
	}
	for _, name := range s.o.Citizens {
		id := OpenID(a.AppID, name)
		if acct.citizens[id] == nil {
			acct.add(Citizen{AppID: a.AppID, OpenID: id, Name: name, Following: true}, s.o.Now())
		}
	}
	s.changedLocked()
	return nil
}

// checked fills the defaults in and says what is wrong.
func (a Account) checked() (Account, error) {
	a.Mode = cmp.Or(a.Mode, Plain)
	a.Format = cmp.Or(a.Format, XML)
	a.Name = cmp.Or(a.Name, a.AppID)
	if a.OriginalID == "" {
		sum := sha256.Sum256([]byte(a.AppID))
		a.OriginalID = "gh_" + hex.EncodeToString(sum[:6])
	}
	switch {
	case a.AppID == "":
		return a, desk.InvalidField("app_id", "is missing")
	case a.AppSecret == "":
		return a, desk.InvalidField("app_secret", "is missing")
	case a.Token == "":
		return a, desk.InvalidField("token", "is missing")
	case a.Mode != Plain && a.Mode != Compatible && a.Mode != Safe:
		return a, desk.InvalidField("mode", "is none of plain, compatible, safe")
	case a.Format != XML && a.Format != JSON:
		return a, desk.InvalidField("format", "is neither xml nor json")
	case a.Mode != Plain && len(a.EncodingAESKey) != 43:
		return a, desk.InvalidField("encoding_aes_key", "has %d characters, not 43", len(a.EncodingAESKey))
	}
	if u, err := url.Parse(a.CallbackURL); err != nil || a.CallbackURL != "" && u.Host == "" {
		return a, desk.InvalidField("callback_url", "is not an absolute address")
	}
	return a, nil
}

// Accounts lists the accounts as they were added, secrets included.
func (s *Server) Accounts() []Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Account
	for _, id := range s.appIDs {
		all = append(all, s.accounts[id].Account)
	}
	return all
}

// Citizens lists the people an account knows, first come first.
func (s *Server) Citizens(appID string) []Citizen {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Citizen
	if acct := s.accounts[appID]; acct != nil {
		for _, c := range acct.order {
			all = append(all, c.Citizen)
		}
	}
	return all
}

// AddCitizen makes a person who does not follow the account yet, or returns
// the one of that name. An empty name gets one.
func (s *Server) AddCitizen(appID, name string) (Citizen, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	acct, err := s.knownLocked(appID)
	if err != nil {
		return Citizen{}, err
	}
	if name == "" {
		name = acct.freeName()
	}
	if runes := len([]rune(name)); runes > 20 {
		return Citizen{}, desk.InvalidField("name", "has %d characters, at most 20 fit", runes)
	}
	id := OpenID(appID, name)
	if c := acct.citizens[id]; c != nil {
		return c.Citizen, nil
	}
	c, err := s.newCitizenLocked(acct, Citizen{AppID: appID, OpenID: id, Name: name})
	if err != nil {
		return Citizen{}, err
	}
	return c.Citizen, nil
}

// newCitizenLocked adds a person and writes them to the state file.
func (s *Server) newCitizenLocked(acct *account, who Citizen) (*citizen, error) {
	if len(acct.order) >= citizenLimit {
		return nil, desk.Errorf(desk.Unavailable, "the simulator keeps at most %d citizens an account", citizenLimit)
	}
	now := s.o.Now()
	if err := s.state.write(record{Citizen: &citizenRecord{Citizen: who, Since: now}}); err != nil {
		return nil, err
	}
	c := acct.add(who, now)
	s.changedLocked()
	return c, nil
}

// accountLocked returns the account, made when there is none.
func (s *Server) accountLocked(appID string) *account {
	acct := s.accounts[appID]
	if acct == nil {
		acct = &account{
			Account:   Account{AppID: appID},
			citizens:  map[string]*citizen{},
			firstDone: make(chan struct{}),
		}
		s.accounts[appID] = acct
	}
	return acct
}

// knownLocked returns an account that was added, or NotFound.
func (s *Server) knownLocked(appID string) (*account, error) {
	acct := s.accounts[appID]
	if acct == nil || !acct.known {
		return nil, desk.Errorf(desk.NotFound, "the simulator has no account %q", appID)
	}
	return acct, nil
}

// citizenLocked returns a person of an account. With add, a stranger becomes a
// follower without any event, so that a test may begin with Say.
func (s *Server) citizenLocked(appID, openID string, add bool) (*account, *citizen, error) {
	acct, err := s.knownLocked(appID)
	if err != nil {
		return nil, nil, err
	}
	c := acct.citizens[openID]
	switch {
	case c != nil:
		return acct, c, nil
	case !add:
		return nil, nil, desk.Errorf(desk.NotFound, "account %s has no citizen %q", appID, openID)
	case openID == "" || len(openID) > 64:
		return nil, nil, desk.InvalidField("openid", "needs 1 to 64 characters")
	}
	c, err = s.newCitizenLocked(acct, Citizen{AppID: appID, OpenID: openID, Name: openID, Following: true})
	return acct, c, err
}

func (a *account) add(who Citizen, since time.Time) *citizen {
	c := &citizen{Citizen: who, since: since, windows: map[string]*window{}}
	a.citizens[who.OpenID] = c
	a.order = append(a.order, c)
	return c
}

// freeName is a name nobody of the account has.
func (a *account) freeName() string {
	for n := 1; ; n++ {
		name := "新市民" + strconv.Itoa(n)
		if !slices.ContainsFunc(a.order, func(c *citizen) bool { return c.Name == name }) {
			return name
		}
	}
}
