// Package logging makes the desk's logger: text or JSON lines through log/slog,
// with a net under it. Callers leave message bodies, tokens and contact data out
// of the log; what slips through all the same is taken out here, by the name of
// the attribute and by the look of the text, also inside groups, errors and
// structs. The net is no licence: it cannot know a name or an address in prose.
package logging

import (
	"io"
	"log/slog"

	"replydesk/app/config"
)

// Redacted stands where something was taken out.
const Redacted = "[redacted]"

// New returns a logger that writes one line a record to w, from the level of cfg
// on. It is safe for concurrent use as far as one Write per line reaches.
func New(w io.Writer, cfg config.Log) *slog.Logger {
	options := &slog.HandlerOptions{Level: cfg.Level, ReplaceAttr: clean}
	if cfg.Format == config.LogJSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// clean is the ReplaceAttr of both handlers. They call it for every attribute that
// is not a group, the message included, with the value already resolved.
func clean(groups []string, a slog.Attr) slog.Attr {
	if sensitive(a.Key) {
		return slog.String(a.Key, Redacted)
	}
	for _, g := range groups {
		if sensitive(g) {
			return slog.String(a.Key, Redacted)
		}
	}
	switch a.Value.Kind() {
	case slog.KindString:
		// Only a changed text costs a new value.
		before := a.Value.String()
		if after := Scrub(before); after != before {
			return slog.String(a.Key, after)
		}
		return a
	case slog.KindAny:
		return slog.Attr{Key: a.Key, Value: cleanAny(a.Value.Any())}
	default: // numbers, times and durations
		return a
	}
}
