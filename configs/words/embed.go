// Package words carries the word lists a new desk begins with, as files: they are
// data, read by replydesk/inbox, and embedded so that the one binary has them.
package words

import "embed"

// Files holds words.csv, the lists a new desk begins with, and empty.txt, the
// phrases that answer nothing.
//
//go:embed words.csv empty.txt
var Files embed.FS
