package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"replydesk/app/auth"
	"replydesk/faq"
	"replydesk/inbox/desk"
)

func TestSentence(t *testing.T) {
	for want, err := range map[string]error{
		"密码至少 10 个字符 (password)":            fmt.Errorf("add: %w", auth.CheckPassword("password", "li", "short")),
		"密码至少 10 个字符 (DESK_ADMIN_PASSWORD)": errors.Join(auth.CheckPassword("DESK_ADMIN_PASSWORD", "admin", "abc"), nil),
		"密码不能只有空格 (password)":               auth.CheckPassword("password", "li", strings.Repeat(" ", 12)),
		"甲 (a)\n      乙 (b)":                &desk.Error{Code: desk.Invalid, Message: "x", Fields: []desk.Field{{Name: "a", Message: "甲"}, {Name: "b", Message: "乙"}}},
	} {
		if got := sentence(err); got != want {
			t.Errorf("%v is told as %q, want %q", err, got, want)
		}
	}
	const secret = "fake-secret-0000000000"
	for _, err := range []error{
		errors.New("dial postgres://desk:" + secret + "@db/desk: refused"),
		desk.InvalidField("settings.api_base", "password: %s", secret),
		desk.Errorf(desk.Invalid, "app_secret=%s", secret),
	} {
		if got := sentence(err); strings.Contains(got, secret) {
			t.Errorf("a secret is told: %s", got)
		}
	}
}

// An import whose rows were not all taken has failed, for whoever runs it from a
// script.
func TestImportedRows(t *testing.T) {
	if err := imported(faq.ImportResult{Created: 1}); err != nil {
		t.Errorf("all taken: %v", err)
	}
	if err := imported(faq.ImportResult{Created: 1, Errors: []faq.RowError{{Row: 2, Message: "x"}}}); err == nil {
		t.Error("a row with an error is no error")
	}
}
