package wechat

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// same reports whether two trees are equal. An element without text and one
// with an empty text are the same.
func same(a, b *node) bool {
	if !bytes.Equal(a.name, b.name) || !bytes.Equal(a.text, b.text) || len(a.kids) != len(b.kids) {
		return false
	}
	for i := range a.kids {
		if !same(&a.kids[i], &b.kids[i]) {
			return false
		}
	}
	return true
}

// show writes a tree for a failing test.
func show(n *node) string {
	if n == nil {
		return "nil"
	}
	var kids []string
	for i := range n.kids {
		kids = append(kids, show(&n.kids[i]))
	}
	return string(n.name) + "=" + string(n.text) + "[" + strings.Join(kids, " ") + "]"
}

// TestScanTakesPayloads: the fast path takes all that the platform sends, and
// as encoding/xml reads it.
func TestScanTakesPayloads(t *testing.T) {
	for name, raw := range payloads(t, "*.xml") {
		n, ok := scanXML(raw)
		unusual := name == "text_pretty.xml" || name == "text_control.xml"
		if ok == unusual {
			t.Errorf("%s: scanned %v", name, ok)
		}
		if want, err := decodeXML(raw); ok && (err != nil || !same(n, want)) {
			t.Errorf("%s: scanned %s, decoded %s, %v", name, show(n), show(want), err)
		}
	}
}

func TestParsePayload(t *testing.T) {
	tests := []struct{ name, raw, want string }{ // want "": refused
		{"empty element", "<a></a>", "a=[]"},
		{"self-closing element", "<a><b/></a>", "a=[b=[]]"},
		{"mixed content keeps the elements", "<a>x<b>y</b>z</a>", "a=[b=y[]]"},
		{"two sections", "<a><![CDATA[x]]><![CDATA[y]]></a>", "a=xy[]"},
		{"text around a section", "<a> <![CDATA[x]]> </a>", "a= x []"},
		{"markup in a section", "<a><![CDATA[<b>&amp;</b>]]></a>", "a=<b>&amp;</b>[]"},
		{"entity", "<a>&lt;&#20013;</a>", "a=<中[]"},
		{"line break of Windows", "<a>x\r\ny</a>", "a=x\ny[]"},
		{"attribute", `<a k="v">x</a>`, "a=x[]"},
		{"namespace", "<n:a xmlns:n='u'>x</n:a>", "a=x[]"},
		{"declaration and comment", "<?xml version='1.0'?><!-- c --><a>x</a>\n<!-- d -->", "a=x[]"},
		{"broken UTF-8", "<a>x\xff\xfey</a>", "a=x\ufffdy[]"},
		{"noncharacter", "<a>x\uffffy</a>", "a=xy[]"},
		{"wrong end tag", "<a><b></a></b>", ""},
		{"no end tag", "<a>x", ""},
		{"two roots", "<a></a><b></b>", ""},
		{"text behind the root", "<a></a>x", ""},
		{"end of section in text", "<a>]]></a>", ""},
		{"undefined entity", "<a>&nbsp;</a>", ""},
		{"other encoding", "<?xml version='1.0' encoding='gbk'?><a>x</a>", ""},
		{"nothing", "", ""},
		{"words", "success", ""},
		{"object", `{"a":"x","b":{"c":1e3},"d":[true,null,{"e":24700000000000001}]}`,
			"=[a=x[] b=[c=1e3[]] d=[item=true[] item=[] item=[e=24700000000000001[]]]]"},
		{"empty object", "{}", "=[]"},
		{"control characters in JSON", `{"a":"x\u0000\u001by\ttab"}`, "=[a=xy\ttab[]]"},
		{"half a surrogate pair", `{"a":"x\ud83d"}`, "=[a=x\ufffd[]]"},
		{"two objects", "{}{}", ""},
		{"open object", `{"a":1`, ""},
		{"open array", `{"a":[1`, ""},
		{"no value", `{"a":}`, ""},
		{"key without quotes", `{a:1}`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n, err := parsePayload([]byte(test.raw))
			if test.want == "" {
				if err == nil {
					t.Errorf("parsePayload = %s, want an error", show(n))
				}
				return
			}
			if err != nil || show(n) != test.want {
				t.Errorf("parsePayload = %q, %v, want %q", show(n), err, test.want)
			}
		})
	}
}

// payloads reads the recorded payloads that match.
func payloads(t testing.TB, pattern string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata/payloads", pattern))
	if err != nil || len(files) < 50 {
		t.Fatalf("%d payloads, %v", len(files), err)
	}
	found := map[string][]byte{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found[filepath.Base(file)] = raw
	}
	return found
}

// checkTree holds what every tree promises.
func checkTree(t *testing.T, n *node, depth int) {
	if depth > maxDepth+1 {
		t.Fatal("the tree is too deep")
	}
	if s := string(n.text); clean(s) != s || !utf8.ValidString(s) {
		t.Fatalf("the text %q is not clean", s)
	}
	for i := range n.kids {
		checkTree(t, &n.kids[i], depth+1)
	}
}

func FuzzParseXML(f *testing.F) {
	for _, raw := range payloads(f, "*.xml") {
		f.Add(raw)
	}
	for _, seed := range []string{"<a>]]<![CDATA[>]]></a>", "<a><![CDATA[]]]]></a>", "<a>\xef\xbf\xbe</a>", "<a></a >", "<a><!--x--></a>", "<a/>"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		kept := bytes.Clone(raw)
		want, err := decodeXML(raw)
		got, ok := scanXML(raw)
		if ok && (err != nil || !same(got, want)) {
			t.Fatalf("scanned %s, decoded %s, %v", show(got), show(want), err)
		}
		n, parseErr := parseXML(raw)
		if err == nil && (parseErr != nil || !same(n, want)) {
			t.Fatalf("parsed %s, %v, decoded %s", show(n), parseErr, show(want))
		}
		if parseErr == nil {
			checkTree(t, n, 1)
		}
		if !bytes.Equal(raw, kept) {
			t.Fatal("the payload was changed")
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	for _, raw := range payloads(f, "*.json") {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		n, err := parseJSON(raw)
		if err != nil {
			return
		}
		checkTree(t, n, 1)
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil {
			t.Fatalf("took %q, which is no JSON object", raw)
		}
		for name, value := range members {
			var text string
			kid := n.kid(name)
			if kid == nil {
				t.Fatalf("%q is missing", name)
			}
			// A repeated name has several values; the map holds the last.
			if strings.Count(string(raw), `"`+name+`"`) == 1 && value[0] == '"' && json.Unmarshal(value, &text) == nil && clean(text) != string(kid.text) {
				t.Fatalf("%q = %q, want %q", name, kid.text, clean(text))
			}
		}
	})
}
