// Package calendar carries the days off and make-up working days 调休 of the
// years that have been announced, as files: they are data (see LICENSE), read by
// replydesk/inbox/sla, and embedded so that the one binary has them. Years
// announced later are uploaded by an administrator.
package calendar

import "embed"

// Files holds cn-YYYY.json, one for each year.
//
//go:embed *.json
var Files embed.FS
