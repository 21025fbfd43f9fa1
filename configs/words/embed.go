// Package words carries the word lists a new desk begins with, as files: they are
// data, read by replydesk/inbox, and embedded so that the one binary has them.
package words

import "embed"

// Files holds words.csv, the lists a new desk begins with, empty.txt, the phrases
// that answer nothing, thanks.txt, the words of who asks for nothing more, and
// progress.txt, those of who asks how far the ticket is.
//
//go:embed words.csv empty.txt thanks.txt progress.txt
var Files embed.FS
