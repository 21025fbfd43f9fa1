package simulator

import (
	"encoding/json"
	"net/http"
	"time"
)

// Typing: how fresh the citizen's last action must be, and how long the phone
// shows it. The second is not documented.
const (
	typingAfter = 30 * time.Second
	typingShown = 15 * time.Second
)

// customMessage is the body of message/custom/send.
type customMessage struct {
	ToUser  string `json:"touser"`
	MsgType string `json:"msgtype"`
	Text    struct {
		Content string `json:"content"`
	} `json:"text"`
	Image customFile `json:"image"`
	Voice customFile `json:"voice"`
	Video customFile `json:"video"`
	Music struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		URL         string `json:"musicurl"`
	} `json:"music"`
	News struct {
		Articles []struct {
			Title       string `json:"title"`
			Description string `json:"description"`
			URL         string `json:"url"`
			PicURL      string `json:"picurl"`
		} `json:"articles"`
	} `json:"news"`
	Menu struct {
		Head string     `json:"head_content"`
		List []menuLine `json:"list"`
		Tail string     `json:"tail_content"`
	} `json:"msgmenu"`
	Program struct {
		Title string `json:"title"`
	} `json:"miniprogrampage"`
	CustomService struct {
		Account string `json:"kf_account"`
	} `json:"customservice"`
	AI struct {
		Made json.Number `json:"is_ai_msg"`
	} `json:"aimsgcontext"`
}

type customFile struct {
	MediaID     string `json:"media_id"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

// menuLine is a line of a msgmenu; its id may be a number or a string.
type menuLine struct {
	ID      any    `json:"id"`
	Content string `json:"content"`
}

// customSend is a customer-service message (客服消息).
func (s *Server) customSend(c *call) reply {
	var in customMessage
	badJSON := json.Unmarshal(c.body, &in) != nil
	c.openID = in.ToUser
	if bad := s.sendFault(c); bad != nil {
		return *bad
	}
	if badJSON {
		return fail(codeBadJSON)
	}
	if code := s.acceptSend(c.account, in); code != 0 {
		return fail(code)
	}
	return s.sendAccepted(c)
}

// sendAccepted is the answer to what was accepted, late or lost when a fault
// says so.
func (s *Server) sendAccepted(c *call) reply {
	answer := accepted()
	if rule, hit := s.take(SendSlow, c.account.AppID); hit {
		c.fault, answer.wait = SendSlow, rule.delay(6*time.Second)
	}
	if rule, hit := s.take(SendAnswerLost, c.account.AppID); hit {
		c.fault, answer.wait, answer.lost = SendAnswerLost, rule.Delay, true
	}
	return answer
}

// sendFaults are the faults that accept nothing, with their answers.
var sendFaults = []struct {
	fault  Fault
	answer func() reply
}{
	{SendReset, func() reply { return reply{lost: true} }},
	{SendHTTP500, func() reply { return pageReply(http.StatusInternalServerError) }},
	{SendHTTP502, func() reply { return pageReply(http.StatusBadGateway) }},
	{SendBusy, func() reply { return fail(codeBusy) }},
	{SendDailyLimit, func() reply { return fail(codeDailyLimit) }},
	{SendMinuteLimit, func() reply { return fail(codeMinuteLimit) }},
	{SendBadToken, func() reply { return fail(codeBadToken) }},
}

func (s *Server) sendFault(c *call) *reply {
	for _, f := range sendFaults {
		if _, hit := s.take(f.fault, c.account.AppID); hit {
			c.fault = f.fault
			answer := f.answer()
			return &answer
		}
	}
	return nil
}

// pageReply is what a gateway in front of the platform answers.
func pageReply(status int) reply {
	page := "<html><body><center><h1>" + http.StatusText(status) + "</h1></center></body></html>"
	return reply{status: status, contentType: "text/html", body: []byte(page)}
}

// acceptSend checks a message, takes it from a send window and shows it on the
// phone. It returns the error code, 0 when accepted.
func (s *Server) acceptSend(acct *account, in customMessage) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	who := acct.citizens[in.ToUser]
	if who == nil {
		return codeOpenID
	}
	if acct.Uncertified {
		return codeNotAllowed
	}
	bubble, code := s.customBubbleLocked(acct, in)
	if code != 0 {
		return code
	}
	drawn, code := who.draw(s.o.Now())
	if code != 0 {
		return code
	}
	if _, err := s.addBubbleLocked(who, bubble, windowsRecord(who)); err != nil {
		drawn.Used--
		s.complainLocked("state file", err)
		return codeBusy
	}
	s.typingLocked(who, time.Time{})
	s.windowsChangedLocked(who)
	return 0
}

// customBubbleLocked checks what a message says and makes its bubble.
func (s *Server) customBubbleLocked(acct *account, in customMessage) (Bubble, int) {
	b := Bubble{
		From: FromDesk, Type: in.MsgType, Agent: in.CustomService.Account,
		AI: in.AI.Made.String() == "1",
	}
	switch in.MsgType {
	case "text":
		b.Text = in.Text.Content
		return b, textCode(in.Text.Content)
	case "image":
		return s.withFileLocked(b, acct, in.Image)
	case "voice":
		return s.withFileLocked(b, acct, in.Voice)
	case "video":
		return s.withFileLocked(b, acct, in.Video)
	case "music":
		b.Details = &Details{Title: in.Music.Title, Description: in.Music.Description, URL: in.Music.URL}
	case "news":
		if len(in.News.Articles) != 1 {
			return b, codeTooManyNews
		}
		a := in.News.Articles[0]
		b.Details = &Details{Articles: []Card{{Title: a.Title, Description: a.Description, URL: a.URL, PicURL: a.PicURL}}}
	case "msgmenu":
		return menuBubble(b, in)
	case "miniprogrampage":
		b.Details = &Details{Title: in.Program.Title}
	case "mpnewsarticle", "mpnews", "wxcard":
		b.Details = &Details{}
	default:
		return b, codeMessageType
	}
	return b, 0
}

func (s *Server) withFileLocked(b Bubble, acct *account, f customFile) (Bubble, int) {
	if s.mediaLocked(acct.AppID, f.MediaID) == nil {
		return b, codeMediaID
	}
	b.Details = &Details{MediaID: f.MediaID, Title: f.Title, Description: f.Description}
	return b, 0
}

func menuBubble(b Bubble, in customMessage) (Bubble, int) {
	d := &Details{Head: in.Menu.Head, Tail: in.Menu.Tail}
	length := len(d.Head) + len(d.Tail)
	for _, item := range in.Menu.List {
		id, _ := json.Marshal(item.ID) // what was decoded from JSON encodes again
		if text, ok := item.ID.(string); ok {
			id = []byte(text)
		}
		d.Items = append(d.Items, TapItem{ID: string(id), Content: item.Content})
		length += len(item.Content)
	}
	b.Details = d
	switch {
	case len(d.Items) == 0:
		return b, codeNoContent
	case length > textLimit:
		return b, codeTooLong
	}
	return b, 0
}

func textCode(text string) int {
	switch {
	case text == "":
		return codeNoContent
	case len(text) > textLimit:
		return codeTooLong
	}
	return 0
}

// customTyping is the typing sign (输入状态).
func (s *Server) customTyping(c *call) reply {
	var in struct {
		ToUser  string `json:"touser"`
		Command string `json:"command"`
	}
	if json.Unmarshal(c.body, &in) != nil {
		return fail(codeBadJSON)
	}
	c.openID = in.ToUser
	s.mu.Lock()
	defer s.mu.Unlock()
	who, now := c.account.citizens[in.ToUser], s.o.Now()
	switch {
	case who == nil:
		return fail(codeOpenID)
	case in.Command != "Typing" && in.Command != "CancelTyping":
		return fail(codeTyping)
	case now.Sub(who.lastAction) > typingAfter:
		return fail(codeNoTyping)
	case in.Command == "CancelTyping":
		s.typingLocked(who, time.Time{})
	case who.typing.After(now):
		return fail(codeTypingNow)
	default:
		s.typingLocked(who, now.Add(typingShown))
	}
	return accepted()
}

// typingLocked shows the typing sign until the time, or takes it away.
func (s *Server) typingLocked(c *citizen, until time.Time) {
	if c.typing.Equal(until) {
		return
	}
	c.typing = until
	shown := max(until.Sub(s.o.Now()), 0)
	s.publishLocked(update{appID: c.AppID, openID: c.OpenID, name: "typing", data: map[string]int64{"ms": shown.Milliseconds()}})
}
