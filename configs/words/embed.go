// Package words carries the word lists a new desk begins with, as files: they are
// data, read by replydesk/inbox, and embedded so that the one binary has them.
package words

import "embed"

// Files holds words.csv, the lists a new desk begins with, empty.txt, the phrases
// that answer nothing, and thanks.txt, the words of who asks for nothing more.
//
//go:embed words.csv empty.txt thanks.txt
var Files embed.FS
