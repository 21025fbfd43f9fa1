package desk

import (
	"errors"
	"fmt"
)

// Code says what kind of failure an Error is. The API maps codes to statuses;
// the front end translates by code and field.
type Code string

// The codes of all errors a caller may see.
const (
	Invalid         Code = "invalid"
	Unauthenticated Code = "unauthenticated"
	Forbidden       Code = "forbidden"
	NotFound        Code = "not_found"
	Conflict        Code = "conflict"
	RateLimited     Code = "rate_limited"
	Unavailable     Code = "unavailable"
	Internal        Code = "internal"
)

// Field is what is wrong with one field of a form.
type Field struct {
	Name    string
	Message string
}

// Error is the one error type of the desk's rules. Message may be shown to a
// person; Cause is for the log and is never shown. Reason is a stable word
// finer than Code (such as "thread_moved"), empty when Code says it all.
type Error struct {
	Code    Code
	Reason  string
	Message string
	Fields  []Field
	Cause   error
}

// Error implements error with the message and, for the log, the cause.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Message + ": " + e.Cause.Error()
	}
	return e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Errorf makes an Error. A %w verb in the format sets the cause, which then
// shows in Error() only through the formatted text.
func Errorf(code Code, format string, args ...any) *Error {
	wrapped := fmt.Errorf(format, args...)
	e := &Error{Code: code, Message: wrapped.Error()}
	if cause := errors.Unwrap(wrapped); cause != nil {
		e.Message, e.Cause = trimCause(wrapped.Error(), cause.Error()), cause
	}
	return e
}

// trimCause takes ": cause" off the end of a message, so that a cause never
// reaches a person by way of %w.
func trimCause(message, cause string) string {
	suffix := ": " + cause
	if len(message) > len(suffix) && message[len(message)-len(suffix):] == suffix {
		return message[:len(message)-len(suffix)]
	}
	return message
}

// WithReason returns a copy of e with the finer reason set.
func (e *Error) WithReason(reason string) *Error {
	c := *e
	c.Reason = reason
	return &c
}

// InvalidField is an Invalid error about one field.
func InvalidField(name, format string, args ...any) *Error {
	message := fmt.Sprintf(format, args...)
	return &Error{Code: Invalid, Message: name + ": " + message, Fields: []Field{{Name: name, Message: message}}}
}

// CodeOf returns the code of err: "" for nil, Internal for anything that is
// not an Error.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// ReasonOf returns the finer reason of err, or "".
func ReasonOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}
