package api_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"replydesk/inbox/channel"
)

// BenchmarkWebhook is the server's own share of a webhook call, over a real
// connection, with an intake that does nothing.
func BenchmarkWebhook(b *testing.B) {
	d := newDesk(b)
	d.intake.receive = func(context.Context, string, int64, channel.Request) (channel.Response, error) {
		return channel.Response{Status: 200, ContentType: "text/plain", Body: []byte("success")}, nil
	}
	address := d.listen(b)
	const body = "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><Encrypt><![CDATA["
	text := body + strings.Repeat("A", 600) + "]]></Encrypt></xml>"
	call := "POST /hooks/wechat/1?signature=6e2f1c&timestamp=1763773200&nonce=12345&encrypt_type=aes&msg_signature=8b1a9953 HTTP/1.1\r\n" +
		"Host: desk.example.test\r\nContent-Type: text/xml\r\nUser-Agent: Mozilla/4.0\r\nContent-Length: " + strconv.Itoa(len(text)) + "\r\n\r\n" + text
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		conn := dial(b, address)
		r := bufio.NewReader(conn)
		for pb.Next() {
			if _, err := io.WriteString(conn, call); err != nil {
				b.Error(err)
				return
			}
			answer, err := http.ReadResponse(r, nil)
			if err != nil || answer.StatusCode != 200 {
				b.Errorf("answer: %v, %v", answer, err)
				return
			}
			_, _ = io.Copy(io.Discard, answer.Body)
		}
	})
}
