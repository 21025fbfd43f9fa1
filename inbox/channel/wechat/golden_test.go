package wechat_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/channel/wechat"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// view is an Inbound as the golden files show it: all but the payload, which
// lies beside them.
type view struct {
	ExternalID   string           `json:"external_id"`
	Kind         channel.Kind     `json:"kind"`
	Type         channel.Type     `json:"type"`
	Event        string           `json:"event,omitempty"`
	ContactID    string           `json:"contact_id,omitempty"`
	Name         string           `json:"name,omitempty"`
	Text         string           `json:"text"`
	Media        []channel.Media  `json:"media,omitempty"`
	Data         json.RawMessage  `json:"data,omitempty"`
	SentAt       time.Time        `json:"sent_at"`
	Post         *channel.Post    `json:"post,omitempty"`
	ParentID     string           `json:"parent_id,omitempty"`
	Windows      []channel.Window `json:"windows,omitempty"`
	Subscribed   *bool            `json:"subscribed,omitempty"`
	EraseContact bool             `json:"erase_contact,omitempty"`
	Alert        string           `json:"alert,omitempty"`
}

func viewOf(t *testing.T, in channel.Inbound) string {
	t.Helper()
	if strings.HasPrefix(in.ExternalID, "sha256:") {
		in.ExternalID = "sha256:…" // XML and JSON have their own
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(view{
		in.ExternalID, in.Kind, in.Type, in.Event, in.ContactID, in.Name, in.Text, in.Media, in.Data, in.SentAt, in.Post,
		in.ParentID, in.Effects.Windows, in.Effects.Subscribed, in.Effects.EraseContact, in.Effects.Alert,
	}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestGolden parses every recorded payload, pushed in safe mode. XML and JSON of
// one name give the same.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/payloads/*")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d payloads, %v", len(files), err)
	}
	account := open(t, wechat.Options{}, nil)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			receipt, err := account.Receive(safePush(encrypt(t, string(raw))), sentAt())
			if err != nil || len(receipt.Items) != 1 {
				t.Fatalf("Receive = %+v, %v", receipt, err)
			}
			item := receipt.Items[0]
			if item.Event != "location" && !bytes.Equal(item.Raw, raw) {
				t.Errorf("Raw = %s", item.Raw)
			}
			got := viewOf(t, item)
			golden := filepath.Join("testdata/golden", strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))+".json")
			if *update { // where XML and JSON differ, the next plain run fails
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// TestGoldenIsComplete: every golden file has a payload.
func TestGoldenIsComplete(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		name := filepath.Join("testdata/payloads", strings.TrimSuffix(filepath.Base(file), ".json"))
		if !exists(name+".xml") && !exists(name+".json") {
			t.Errorf("%s has no payload", file)
		}
	}
}
