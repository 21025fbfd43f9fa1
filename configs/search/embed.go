// Package search carries what the library's search is set with as files: the
// word lists that replydesk/faq/text reads and the weights that replydesk/faq
// reads. They are data, embedded so that the one binary has them. A folder with
// the same names may be used instead.
package search

import "embed"

// Files holds simplified.txt, synonyms.txt, stop_phrases.txt, contrasts.txt and
// weights.json.
//
//go:embed *.txt *.json
var Files embed.FS
