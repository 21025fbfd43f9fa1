package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The largest bodies the API reads.
const (
	jsonLimit   = 1 << 20
	uploadLimit = 11 << 20
)

// call is one request to the platform's API.
type call struct {
	request *http.Request
	query   url.Values
	body    []byte
	account *account // whose token or appid it was; nil while unknown
	openID  string   // whom it is about, for the log
	fault   Fault    // what was played
}

// reply is what the platform answers.
type reply struct {
	status      int
	contentType string
	header      http.Header
	body        []byte
	code        int           // errcode, for the log
	wait        time.Duration // before the answer
	lost        bool          // break the connection instead of answering
}

func jsonReply(status int, v any) reply {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // maps of our own always encode
	}
	return reply{status: status, contentType: "application/json; charset=utf-8", body: bytes.TrimSpace(b.Bytes())}
}

func accepted() reply {
	return jsonReply(http.StatusOK, map[string]any{"errcode": 0, "errmsg": "ok"})
}

// endpoint is one path of the API.
type endpoint struct {
	method string
	open   bool // needs no access_token
	handle func(*call) reply
}

// endpoints is the part of the platform's API that the desk uses.
func (s *Server) endpoints() map[string]endpoint {
	return map[string]endpoint{
		"/cgi-bin/token":                 {http.MethodGet, true, s.classicToken},
		"/cgi-bin/stable_token":          {http.MethodPost, true, s.stableToken},
		"/cgi-bin/getcallbackip":         {http.MethodGet, false, s.callbackIP},
		"/cgi-bin/message/custom/send":   {http.MethodPost, false, s.customSend},
		"/cgi-bin/message/custom/typing": {http.MethodPost, false, s.customTyping},
		"/cgi-bin/comment/list":          {http.MethodPost, false, s.commentList},
		"/cgi-bin/comment/reply/add":     {http.MethodPost, false, s.commentReply},
		"/cgi-bin/user/info":             {http.MethodGet, false, s.userInfo},
		"/cgi-bin/media/upload":          {http.MethodPost, false, s.mediaUpload},
		"/cgi-bin/media/get":             {http.MethodGet, false, s.mediaGet},
	}
}

// serveAPI answers everything under /cgi-bin/.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	started := s.o.Now()
	c := &call{request: r, query: r.URL.Query()}
	limit := int64(jsonLimit)
	if strings.HasSuffix(r.URL.Path, "/media/upload") {
		limit = uploadLimit
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		http.Error(w, "the request's body is too long or broke off", http.StatusRequestEntityTooLarge)
		return
	}
	c.body = body
	answer := s.dispatch(c)
	x := Exchange{
		At: started, Kind: KindAPI, OpenID: c.openID, Fault: string(c.fault),
		Method: r.Method, URL: r.URL.RequestURI(), RequestBody: string(body),
		Status: answer.status, Code: answer.code, ResponseBody: string(answer.body),
	}
	if c.account != nil {
		x.AppID = c.account.AppID
	}
	s.deliver(w, r, answer, &x)
	x.Took = s.o.Now().Sub(started)
	s.note(x)
}

func (s *Server) dispatch(c *call) reply {
	point, known := s.api[c.request.URL.Path]
	switch {
	case !known:
		return fail(codeURL)
	case point.method == http.MethodPost && c.request.Method != http.MethodPost:
		return fail(codeNeedPost)
	case point.method == http.MethodGet && c.request.Method != http.MethodGet:
		return fail(codeNeedGet)
	}
	if !point.open {
		if bad := s.authorize(c); bad != nil {
			return *bad
		}
	}
	return point.handle(c)
}

// deliver writes the answer, late or not at all when a fault says so.
func (s *Server) deliver(w http.ResponseWriter, r *http.Request, answer reply, x *Exchange) {
	if answer.wait > 0 {
		timer := time.NewTimer(answer.wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.ctx.Done():
		case <-r.Context().Done():
			x.Error = "the caller gave up waiting"
		}
	}
	if answer.lost {
		x.Status, x.ResponseBody, x.Error = 0, "", "the connection was broken instead of answering"
		hangUp(w)
		return
	}
	header := w.Header()
	for name, values := range answer.header {
		header[name] = values
	}
	header.Set("Content-Type", answer.contentType)
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body)
}

// hangUp breaks the connection with a reset.
func hangUp(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http then closes the connection
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// blocked is the answer to an address that is not on the allow-list.
func (c *call) blocked() reply {
	c.fault = IPBlocked
	host, _, err := net.SplitHostPort(c.request.RemoteAddr)
	if err != nil {
		host = c.request.RemoteAddr
	}
	return failText(codeIP, fmt.Sprintf("invalid ip %s ipv6 ::ffff:%s, not in whitelist", host, host))
}

func (s *Server) callbackIP(*call) reply {
	return jsonReply(http.StatusOK, map[string]any{"ip_list": []string{"127.0.0.1"}})
}

// userInfo tells what the platform still tells about a person: no nickname, no
// picture, since December 2021.
func (s *Server) userInfo(c *call) reply {
	c.openID = c.query.Get("openid")
	s.mu.Lock()
	defer s.mu.Unlock()
	who := c.account.citizens[c.openID]
	if who == nil {
		return fail(codeOpenID)
	}
	if !who.Following {
		return jsonReply(http.StatusOK, map[string]any{"subscribe": 0, "openid": who.OpenID})
	}
	return jsonReply(http.StatusOK, map[string]any{
		"subscribe": 1, "openid": who.OpenID, "nickname": "", "headimgurl": "",
		"language": "zh_CN", "subscribe_time": who.since.Unix(), "remark": "", "groupid": 0,
		"tagid_list": []int{}, "subscribe_scene": "ADD_SCENE_SEARCH", "qr_scene": 0, "qr_scene_str": "",
	})
}
