package notice

import (
	"slices"
	"time"

	"replydesk/inbox/desk"
)

// Medium is one way a notice reaches a person.
type Medium string

// The media. App and Browser are the desk's own pages; what leaves the desk is
// a Send.
const (
	App     Medium = "app"
	Browser Medium = "browser"
	Mail    Medium = "mail"
	Robot   Medium = "robot"
)

// Digest is how a person wants what is not urgent gathered.
type Digest string

// The digests: at once, every full hour, every day at a time.
const (
	AtOnce Digest = "off"
	Hourly Digest = "hourly"
	Daily  Digest = "daily"
)

// Lang is the language of what is sent to a person.
type Lang string

// The languages.
const (
	Zh Lang = "zh"
	En Lang = "en"
)

// minutesOfDay bounds a time of day, in minutes after midnight.
const minutesOfDay = 24 * 60

// Settings are a person's own: the media of each topic, and when. The zero
// value is what everybody has who set nothing.
type Settings struct {
	// Topics that differ from the defaults.
	Topics map[Topic][]Medium `json:"topics,omitempty"`
	// QuietFrom to QuietTo, in minutes after midnight; equal: no quiet hours.
	QuietFrom int    `json:"quiet_from,omitempty"`
	QuietTo   int    `json:"quiet_to,omitempty"`
	Digest    Digest `json:"digest,omitempty"`
	DigestAt  int    `json:"digest_at,omitempty"` // of Daily, in minutes after midnight
	Lang      Lang   `json:"lang,omitempty"`
	// RobotID is the group robot that reaches this person; 0: the one of the
	// department, or the desk's.
	RobotID int64 `json:"robot_id,omitempty"`
}

// defaults are the media of each topic for who set nothing, in the order of the
// settings page.
var defaults = []struct {
	Topic Topic
	Media []Medium
}{
	{UrgentWord, []Medium{App, Browser, Mail, Robot}},
	{Spike, []Medium{App, Browser, Mail, Robot}},
	{ClockMissed, []Medium{App, Browser, Mail, Robot}},
	{ClockWarned, []Medium{App, Browser, Robot}},
	{Escalated, []Medium{App, Browser, Mail, Robot}},
	{Supervised, []Medium{App, Browser, Mail, Robot}},
	{Assigned, []Medium{App, Browser}},
	{Mentioned, []Medium{App, Browser, Robot}},
	{Woken, []Medium{App, Browser}},
	{BadMark, []Medium{App, Browser}},
	{Approval, []Medium{App, Browser}},
	{Rejected, []Medium{App, Browser}},
	{Undelivered, []Medium{App, Browser, Robot}},
	{Accounts, []Medium{App, Mail}},
	{Operations, []Medium{App, Mail}},
	{Library, []Medium{App, Mail}},
	{Reports, []Medium{App, Mail}},
}

// Topics are all topics in the order of the settings page.
func Topics() []Topic {
	out := make([]Topic, len(defaults))
	for i, d := range defaults {
		out[i] = d.Topic
	}
	return out
}

// Media are the media by which a topic reaches this person.
func (s Settings) Media(t Topic) []Medium {
	if own, ok := s.Topics[t]; ok {
		return own
	}
	for _, d := range defaults {
		if d.Topic == t {
			return d.Media
		}
	}
	return nil
}

// Language is the language of what is sent.
func (s Settings) Language() Lang {
	if s.Lang == En {
		return En
	}
	return Zh
}

// Clean checks settings a person entered and drops what is as by default.
func (s Settings) Clean() (Settings, error) {
	for topic, media := range s.Topics {
		if !slices.Contains(Topics(), topic) {
			return s, desk.InvalidField("topics", "没有这类通知：%s", topic)
		}
		for _, m := range media {
			if !slices.Contains([]Medium{App, Browser, Mail, Robot}, m) {
				return s, desk.InvalidField("topics", "没有这种通知方式：%s", m)
			}
		}
	}
	for _, v := range []struct {
		name  string
		value int
	}{{"quiet_from", s.QuietFrom}, {"quiet_to", s.QuietTo}, {"digest_at", s.DigestAt}} {
		if v.value < 0 || v.value >= minutesOfDay {
			return s, desk.InvalidField(v.name, "须为 00:00 至 23:59")
		}
	}
	if !slices.Contains([]Digest{"", AtOnce, Hourly, Daily}, s.Digest) {
		return s, desk.InvalidField("digest", "没有这种汇总方式")
	}
	if !slices.Contains([]Lang{"", Zh, En}, s.Lang) {
		return s, desk.InvalidField("lang", "没有这种语言")
	}
	own := map[Topic][]Medium{}
	for topic, media := range s.Topics {
		media = slices.Compact(slices.Sorted(slices.Values(media)))
		if !slices.Equal(media, slices.Sorted(slices.Values(Settings{}.Media(topic)))) {
			own[topic] = media
		}
	}
	s.Topics = own
	return s, nil
}

// When is the moment a notice of now may leave the desk: at once when it is
// urgent, else at the next digest, else at once; never within quiet hours.
func (s Settings) When(urgent bool, now time.Time, zone *time.Location) time.Time {
	if urgent {
		return now
	}
	at := now.In(zone)
	switch s.Digest {
	case Hourly:
		at = clockOn(at, (at.Hour()+1)*60)
	case Daily:
		next := clockOn(at, s.DigestAt)
		if !next.After(at) {
			next = clockOn(at.AddDate(0, 0, 1), s.DigestAt)
		}
		at = next
	}
	return s.afterQuiet(at).UTC()
}

// afterQuiet is at, or the end of the quiet hours it falls in.
func (s Settings) afterQuiet(at time.Time) time.Time {
	if s.QuietFrom == s.QuietTo {
		return at
	}
	minute := at.Hour()*60 + at.Minute()
	overnight := s.QuietFrom > s.QuietTo
	switch {
	case !overnight && minute >= s.QuietFrom && minute < s.QuietTo, overnight && minute < s.QuietTo:
		return clockOn(at, s.QuietTo)
	case overnight && minute >= s.QuietFrom:
		return clockOn(at.AddDate(0, 0, 1), s.QuietTo)
	}
	return at
}

// clockOn is a time of the day of at.
func clockOn(at time.Time, minute int) time.Time {
	return time.Date(at.Year(), at.Month(), at.Day(), minute/60, minute%60, 0, 0, at.Location())
}
