package frontend

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestPick(t *testing.T) {
	placeholder := &fstest.MapFile{Data: []byte("placeholder")}
	app := &fstest.MapFile{Data: []byte("application")}
	tests := []struct {
		name  string
		files fstest.MapFS
		want  string
	}{
		{"not built", fstest.MapFS{"dist/index.html": placeholder}, "placeholder"},
		{"built", fstest.MapFS{"dist/index.html": placeholder, "dist/app/index.html": app}, "application"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := fs.ReadFile(pick(test.files), "index.html")
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != test.want {
				t.Errorf("index.html = %q, want %q", got, test.want)
			}
		})
	}
}

// The strict content security policy refuses inline scripts and styles and
// foreign hosts, so the page that is embedded must have none.
func TestPageObeysThePolicy(t *testing.T) {
	page, err := fs.ReadFile(Dist(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, refused := range []string{"<style", "style=", "onclick=", "http://", "https://", "<script>"} {
		if strings.Contains(string(page), refused) {
			t.Errorf("index.html contains %q", refused)
		}
	}
}
