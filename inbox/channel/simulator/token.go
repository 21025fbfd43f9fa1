package simulator

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"
)

// The platform's token rules (2.6).
const (
	tokenLife       = 2 * time.Hour
	shortTokenLife  = 5 * time.Minute // what the TokenShort fault makes
	tokenOverlap    = 5 * time.Minute // old and new are both good
	forcedPerDay    = 20
	forcedApart     = 30 * time.Second
	tokensPerMinute = 10_000
	tokenKept       = 10 * time.Minute // how long an expired token is told from an unknown one
)

// token is one access_token.
type token struct {
	value   string
	acct    *account
	expires time.Time
}

// tokens are the present tokens of an account. The two endpoints do not
// disturb each other.
type tokens struct {
	classic *token
	stable  *token
	forced  []time.Time // of force_refresh, the last 24 h
	minute  time.Time   // the minute that calls counts
	calls   int
}

// classicToken is GET /cgi-bin/token: every call makes a new token and leaves
// the old one five minutes.
func (s *Server) classicToken(c *call) reply {
	q := c.query
	acct, bad := s.credentials(c, q.Get("grant_type"), q.Get("appid"), q.Get("secret"), "client_credential")
	if bad != nil {
		return *bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	if !acct.tokens.allow(now) {
		return fail(codeMinuteLimit)
	}
	if old := acct.tokens.classic; old != nil && old.expires.After(now.Add(tokenOverlap)) {
		old.expires = now.Add(tokenOverlap)
	}
	acct.tokens.classic = s.newTokenLocked(acct, now)
	return tokenReply(acct.tokens.classic, now)
}

// stableToken is POST /cgi-bin/stable_token: the same token until five minutes
// before it expires, unless a refresh is forced.
func (s *Server) stableToken(c *call) reply {
	var in struct {
		GrantType    string `json:"grant_type"`
		AppID        string `json:"appid"`
		Secret       string `json:"secret"`
		ForceRefresh bool   `json:"force_refresh"`
	}
	if json.Unmarshal(c.body, &in) != nil {
		return fail(codeBadJSON)
	}
	acct, bad := s.credentials(c, in.GrantType, in.AppID, in.Secret, "client_credential")
	if bad != nil {
		return *bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, t := s.o.Now(), &acct.tokens
	if !t.allow(now) {
		return fail(codeMinuteLimit)
	}
	if in.ForceRefresh {
		if code := t.force(now); code != 0 {
			return fail(code)
		}
		if t.stable != nil {
			delete(s.byToken, t.stable.value)
			t.stable = nil
		}
	}
	if t.stable == nil || !t.stable.expires.After(now.Add(tokenOverlap)) {
		t.stable = s.newTokenLocked(acct, now)
	}
	return tokenReply(t.stable, now)
}

// credentials checks what both endpoints are asked with.
func (s *Server) credentials(c *call, grant, appID, secret, wanted string) (*account, *reply) {
	code := 0
	s.mu.Lock()
	defer s.mu.Unlock()
	acct := s.accounts[appID]
	switch {
	case grant != wanted:
		code = codeGrantType
	case appID == "":
		code = codeNoAppID
	case acct == nil || !acct.known:
		code = codeAppID
	case secret == "":
		code = codeNoSecret
	case secret != acct.AppSecret:
		code = codeSecret
	}
	if code != 0 {
		bad := fail(code)
		return nil, &bad
	}
	c.account = acct
	if _, hit := s.takeLocked(IPBlocked, appID); hit {
		bad := c.blocked()
		return nil, &bad
	}
	return acct, nil
}

// authorize finds the account of a call's access_token.
func (s *Server) authorize(c *call) *reply {
	value := c.query.Get("access_token")
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	t := s.byToken[value]
	code := 0
	switch {
	case value == "":
		code = codeNoToken
	case t == nil:
		code = codeBadToken
	case !t.expires.After(now):
		code = codeTokenExpired
	}
	if t != nil {
		c.account = t.acct
	}
	if code != 0 {
		bad := fail(code)
		return &bad
	}
	if _, hit := s.takeLocked(IPBlocked, t.acct.AppID); hit {
		bad := c.blocked()
		return &bad
	}
	return nil
}

// KillTokens makes all present tokens of an account, or with "" of every
// account, invalid at once (40001).
func (s *Server) KillTokens(appID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for value, t := range s.byToken {
		if appID == "" || t.acct.AppID == appID {
			delete(s.byToken, value)
		}
	}
	for id, acct := range s.accounts {
		if appID == "" || id == appID {
			acct.tokens.classic, acct.tokens.stable = nil, nil
		}
	}
}

func (s *Server) newTokenLocked(acct *account, now time.Time) *token {
	if now.Sub(s.tokensSwept) > time.Minute {
		s.tokensSwept = now
		for value, old := range s.byToken {
			if old.expires.Before(now.Add(-tokenKept)) {
				delete(s.byToken, value)
			}
		}
	}
	var random [48]byte
	for i := range random {
		random[i] = byte(s.random.Uint32())
	}
	life := tokenLife
	if _, hit := s.takeLocked(TokenShort, acct.AppID); hit {
		life = shortTokenLife
	}
	t := &token{value: "sim_" + base64.RawURLEncoding.EncodeToString(random[:]), acct: acct, expires: now.Add(life)}
	s.byToken[t.value] = t
	return t
}

// allow counts a call against the limit of the minute.
func (t *tokens) allow(now time.Time) bool {
	if minute := now.Truncate(time.Minute); !minute.Equal(t.minute) {
		t.minute, t.calls = minute, 0
	}
	t.calls++
	return t.calls <= tokensPerMinute
}

// force counts a forced refresh. The documents give the limits but not their
// codes; the general ones for a day and a minute stand in.
func (t *tokens) force(now time.Time) int {
	for len(t.forced) > 0 && t.forced[0].Before(now.Add(-24*time.Hour)) {
		t.forced = t.forced[1:]
	}
	if n := len(t.forced); n > 0 && now.Sub(t.forced[n-1]) < forcedApart {
		return codeMinuteLimit
	}
	if len(t.forced) >= forcedPerDay {
		return codeDailyLimit
	}
	t.forced = append(t.forced, now)
	return 0
}

func tokenReply(t *token, now time.Time) reply {
	return jsonReply(http.StatusOK, map[string]any{
		"access_token": t.value,
		"expires_in":   int(t.expires.Sub(now).Seconds()),
	})
}
