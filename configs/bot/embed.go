// Package bot carries the words that make the bot hand over to a person, as
// files: they are data, read by replydesk/bot, and embedded so that the one
// binary has them. A folder with the same names may be used instead.
package bot

import "embed"

// Files holds human.txt, complaint.txt, crisis.txt, chat.txt, closing.txt, none.txt,
// helpful.txt, unhelpful.txt, claims.txt and surnames.txt.
//
//go:embed *.txt
var Files embed.FS
