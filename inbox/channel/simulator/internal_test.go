package simulator

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"replydesk/inbox/desk"
)

func internalServer(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.AddAccount(Account{AppID: "wxfake", AppSecret: "fake", Token: "fake"}); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSlowPageIsCutOff(t *testing.T) {
	s := internalServer(t, Options{})
	who := s.Citizens("wxfake")[0].OpenID
	st := &stream{appID: "wxfake", openID: who, updates: make(chan update, streamBuffer)}
	if _, err := s.subscribe(st); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	for range streamBuffer + 1 {
		s.publishLocked(update{appID: "wxfake", name: "typing"})
	}
	s.publishLocked(update{appID: "wxfake", name: "typing"}) // must not meet the closed stream
	s.mu.Unlock()
	got := 0
	for range st.updates {
		got++
	}
	if got != streamBuffer {
		t.Errorf("the page got %d updates before it was cut off, want %d", got, streamBuffer)
	}
	s.unsubscribe(st)
}

func TestStateFileIsWrittenAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.jsonl")
	s := internalServer(t, Options{StateFile: path})
	s.mu.Lock()
	c := s.accounts["wxfake"].order[0]
	for n := range 50 {
		if _, err := s.addBubbleLocked(c, Bubble{From: FromDesk, Type: "text", Text: "一"}); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			c.bubbles = c.bubbles[1:] // forgotten, yet still in the file
		}
	}
	s.state.written = compactAfter + 1
	if _, err := s.addBubbleLocked(c, Bubble{From: FromDesk, Type: "text", Text: "二"}); err != nil {
		t.Fatal(err)
	}
	s.mu.Unlock()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if kept, last := strings.Count(string(text), `"text":"一"`), strings.Count(string(text), `"text":"二"`); kept != 1 || last != 1 {
		t.Errorf("the new file has %d and %d bubbles, want 1 and 1", kept, last)
	}
}

func TestNothingIsAcceptedThatCannotBeKept(t *testing.T) {
	folder := t.TempDir()
	s := internalServer(t, Options{StateFile: filepath.Join(folder, "state.jsonl")})
	who := s.Citizens("wxfake")[0].OpenID
	s.mu.Lock()
	s.openWindowLocked(s.accounts["wxfake"].citizens[who], Message{Type: "text"}, s.o.Now())
	token := s.newTokenLocked(s.accounts["wxfake"], s.o.Now()).value
	_ = s.state.file.Close() // the disk is gone
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	s.mu.Unlock()

	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("POST", "/cgi-bin/message/custom/send?access_token="+token,
		strings.NewReader(`{"touser":"`+who+`","msgtype":"text","text":{"content":"答复"}}`)))
	if !strings.Contains(w.Body.String(), `"errcode":-1`) || len(s.Thread("wxfake", who)) != 0 {
		t.Errorf("answer %s, and the phone shows %+v", w.Body, s.Thread("wxfake", who))
	}
	if left := s.Windows("wxfake", who); len(left) != 1 || left[0].Left != 5 {
		t.Errorf("the window lost a message: %+v", left)
	}
	if _, err := s.Say(t.Context(), "wxfake", who, "请问"); desk.CodeOf(err) != desk.Internal || len(s.pending) != 0 {
		t.Errorf("say: %v, pending %d", err, len(s.pending))
	}
}

// TestFaultsHaveWords: the page names every fault in both of its languages.
func TestFaultsHaveWords(t *testing.T) {
	words, err := pageFiles.ReadFile("page/i18n.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range allFaults {
		if n := strings.Count(string(words), "f_"+string(fault)+": "); n != 2 {
			t.Errorf("%s has words in %d languages, want 2", fault, n)
		}
	}
}

// FuzzReadPassive feeds a receiver's answer, which is a stranger's: whatever it
// is, it is a reply, nothing, or an error.
func FuzzReadPassive(f *testing.F) {
	for _, seed := range []string{
		"", "success", "<xml>", "<html></html>", `{"Encrypt":"x"}`, `{"Articles":[{"Title":"一"}]}`,
		"<xml><ToUserName>o</ToUserName><FromUserName>gh</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>好</Content></xml>",
		`{"ToUserName":"o","FromUserName":"gh","CreateTime":1,"MsgType":"news","Articles":{"item":[{"Title":"一"}]}}`,
		"<xml><Encrypt>AAAA</Encrypt><MsgSignature>x</MsgSignature><TimeStamp>1</TimeStamp><Nonce>1</Nonce></xml>",
	} {
		f.Add([]byte(seed))
	}
	base := Account{AppID: "wxfake", Token: "fake", OriginalID: "gh", EncodingAESKey: strings.Repeat("a", 43)}
	f.Fuzz(func(t *testing.T, answer []byte) {
		for _, mode := range []Mode{Plain, Compatible, Safe} {
			a := base
			a.Mode = mode
			bubble, _, err := readPassive(a, "o", answer)
			if err != nil && bubble != nil {
				t.Fatal("a bubble and an error")
			}
			if bubble == nil {
				continue
			}
			if mode == Safe {
				t.Fatalf("safe mode took %q without a good signature", answer)
			}
			if bubble.Type == "text" && (bubble.Text == "" || len(bubble.Text) > textLimit) {
				t.Fatalf("a text of %d bytes", len(bubble.Text))
			}
		}
	})
}

// FuzzPayload writes any text as XML and reads it back.
func FuzzPayload(f *testing.F) {
	for _, seed := range []string{"居住证", "]]>", "a]]]]>b", "<x>&amp;", "\x00\x1f\xff", "🙂"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range []Format{XML, JSON} {
			body := Message{OpenID: "o", Type: "text", Content: text}.payload("gh").encode(format)
			var back struct{ Content string }
			if err := decodeAny(body, &back); err != nil {
				t.Fatalf("%s: %v in %q", format, err, body)
			}
			want := strings.Map(func(r rune) rune { return r }, text) // what is not UTF-8 becomes U+FFFD
			if format == XML {
				want = strings.Map(func(r rune) rune {
					if r < ' ' && !strings.ContainsRune("\t\r\n", r) || r == 0xFFFE || r == 0xFFFF {
						return -1
					}
					return r
				}, want)
				want = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(want) // XML's line ends
			}
			if back.Content != want {
				t.Fatalf("%s: wrote %q, read %q", format, want, back.Content)
			}
		}
	})
}
