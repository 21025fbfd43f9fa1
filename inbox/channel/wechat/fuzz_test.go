package wechat_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"replydesk/inbox/channel"
	"replydesk/inbox/channel/wechat"
	"replydesk/inbox/desk"
)

// FuzzReceive pushes any payload in safe mode and any body to a plain and a
// safe account: nothing panics, and every receipt keeps the contract.
func FuzzReceive(f *testing.F) {
	files, err := filepath.Glob("testdata/payloads/*")
	if err != nil || len(files) == 0 {
		f.Fatal(len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("<xml><Encrypt>" + cipherW2 + "</Encrypt></xml>"))
	f.Add([]byte(`{"Encrypt":"AAAA"}`))
	safe := open(f, wechat.Options{}, nil)
	plain := open(f, wechat.Options{}, map[string]any{"mode": "plain", "original_id": nil})
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 1<<16 {
			return
		}
		req := safePush(encrypt(t, string(body)))
		receipt, err := safe.Receive(req, sentAt())
		if err != nil {
			t.Fatalf("a genuine push was refused: %v", err)
		}
		keeps(t, safe, receipt, body)
		req.Body = body // under a signature that is not its own
		if receipt, err := safe.Receive(req, sentAt()); err == nil && !bytes.Contains(body, []byte("Encrypt")) {
			t.Fatalf("a safe account took %q: %+v", body, receipt)
		}
		if receipt, err = plain.Receive(push(string(body)), sentAt()); err == nil {
			keeps(t, plain, receipt, body)
		} else if len(body) > 0 {
			t.Fatalf("a plain push was refused: %v", err)
		}
	})
}

// keeps checks a receipt against the contract of channel.Receipt.
func keeps(t *testing.T, account channel.Channel, receipt channel.Receipt, body []byte) {
	t.Helper()
	if string(receipt.Ack.Body) != "success" || receipt.Challenge != nil || (receipt.Dead == nil) != (len(receipt.Items) == 1) {
		t.Fatalf("Receipt = %+v", receipt)
	}
	if receipt.Dead != nil {
		if receipt.Dead.ExternalID == "" || !bytes.Equal(receipt.Dead.Raw, body) || receipt.Dead.Reason == "" {
			t.Fatalf("Dead = %+v", receipt.Dead)
		}
		return
	}
	item := receipt.Items[0]
	for _, s := range []string{item.ExternalID, item.ContactID, item.Text, item.Event, item.Effects.Alert, string(item.Data)} {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			t.Fatalf("%q cannot be stored", s)
		}
	}
	if item.ExternalID == "" || len(item.ExternalID) > 128 || item.Kind != channel.Private || item.Type == "" {
		t.Fatalf("item = %+v", item)
	}
	if item.Data != nil && (!json.Valid(item.Data) || item.Data[0] != '{') {
		t.Fatalf("Data = %s", item.Data)
	}
	if _, err := item.SentAt.MarshalJSON(); err != nil {
		t.Fatalf("SentAt: %v", err)
	}
	again, err := account.Parse(item.Raw, sentAt())
	if err != nil || again.Type != item.Type || again.ContactID != item.ContactID || again.Text != item.Text {
		t.Fatalf("Parse of what was kept = %+v, %v, want %+v", again, err, item)
	}
	if desk.CodeOf(err) == "" && !strings.HasPrefix(item.ExternalID, "sha256:") && again.ExternalID != item.ExternalID {
		t.Fatalf("Parse gives the id %q, Receive %q", again.ExternalID, item.ExternalID)
	}
}
