package auth

import (
	"errors"
	"slices"
	"strings"

	"replydesk/inbox/desk"
)

// faults collects what is wrong with a form, by field.
type faults []desk.Field

func (f *faults) check(name string, ok bool, message string) {
	named := slices.ContainsFunc(*f, func(x desk.Field) bool { return x.Name == name })
	if !ok && !named {
		*f = append(*f, desk.Field{Name: name, Message: message})
	}
}

func (f *faults) need(name string, there bool) { f.check(name, there, "不能为空") }

func (f *faults) join(err error) {
	var e *desk.Error
	if errors.As(err, &e) {
		*f = append(*f, e.Fields...)
	}
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	messages := make([]string, len(f))
	for i, field := range f {
		messages[i] = field.Name + ": " + field.Message
	}
	return &desk.Error{Code: desk.Invalid, Message: strings.Join(messages, "；"), Fields: f}
}
