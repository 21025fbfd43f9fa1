// Package search carries the word lists of the library's search as files: they
// are data, read by replydesk/faq/text, and embedded so that the one binary
// has them. A folder with the same names may be used instead.
package search

import "embed"

// Files holds simplified.txt and stop_phrases.txt.
//
//go:embed *.txt
var Files embed.FS
