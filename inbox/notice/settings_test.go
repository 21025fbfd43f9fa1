package notice_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"replydesk/inbox/desk"
	"replydesk/inbox/notice"
)

var beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

func at(day, hour, minute int) time.Time {
	return time.Date(2026, 11, day, hour, minute, 0, 0, beijing).UTC()
}

func TestWhen(t *testing.T) {
	night := notice.Settings{QuietFrom: 22 * 60, QuietTo: 7*60 + 30}
	noon := notice.Settings{QuietFrom: 12 * 60, QuietTo: 14 * 60}
	hourly, daily := notice.Settings{Digest: notice.Hourly}, notice.Settings{Digest: notice.Daily, DigestAt: 9 * 60}
	both := notice.Settings{Digest: notice.Hourly, QuietFrom: 22 * 60, QuietTo: 7*60 + 30}
	tests := []struct {
		name   string
		s      notice.Settings
		urgent bool
		now    time.Time
		want   time.Time
	}{
		{"nothing set", notice.Settings{}, false, at(22, 3, 0), at(22, 3, 0)},
		{"before the night", night, false, at(22, 21, 59), at(22, 21, 59)},
		{"in the evening", night, false, at(22, 22, 0), at(23, 7, 30)},
		{"after midnight", night, false, at(23, 0, 5), at(23, 7, 30)},
		{"when the night ends", night, false, at(23, 7, 30), at(23, 7, 30)},
		{"urgent at night", night, true, at(23, 3, 0), at(23, 3, 0)},
		{"at noon", noon, false, at(22, 12, 30), at(22, 14, 0)},
		{"after noon", noon, false, at(22, 14, 0), at(22, 14, 0)},
		{"hourly", hourly, false, at(22, 9, 1), at(22, 10, 0)},
		{"hourly, on the hour", hourly, false, at(22, 9, 0), at(22, 10, 0)},
		{"hourly, before midnight", hourly, false, at(22, 23, 30), at(23, 0, 0)},
		{"hourly, urgent", hourly, true, at(22, 9, 1), at(22, 9, 1)},
		{"daily, today", daily, false, at(22, 8, 0), at(22, 9, 0)},
		{"daily, tomorrow", daily, false, at(22, 9, 0), at(23, 9, 0)},
		{"the digest falls into the night", both, false, at(22, 21, 30), at(23, 7, 30)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.s.When(tt.urgent, tt.now, beijing); !got.Equal(tt.want) {
				t.Errorf("When = %s, want %s", got.In(beijing), tt.want.In(beijing))
			}
		})
	}
}

// However the hours are set: a notice is never early, never in quiet hours, and
// at most two days late.
func TestWhenNeverFallsIntoQuietHours(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := notice.Settings{
			QuietFrom: rapid.IntRange(0, 1439).Draw(t, "from"), QuietTo: rapid.IntRange(0, 1439).Draw(t, "to"),
			Digest: rapid.SampledFrom([]notice.Digest{notice.AtOnce, notice.Hourly, notice.Daily}).Draw(t, "digest"), DigestAt: rapid.IntRange(0, 1439).Draw(t, "at"),
		}
		now := at(1, 0, 0).Add(time.Duration(rapid.Int64Range(0, int64(72*time.Hour)).Draw(t, "now")))
		got := s.When(false, now, beijing)
		if got.Before(now) || got.Sub(now) > 48*time.Hour {
			t.Fatalf("%s after %s", got, now)
		}
		local := got.In(beijing)
		minute := local.Hour()*60 + local.Minute()
		if s.QuietFrom < s.QuietTo && minute >= s.QuietFrom && minute < s.QuietTo ||
			s.QuietFrom > s.QuietTo && (minute >= s.QuietFrom || minute < s.QuietTo) {
			t.Fatalf("%s is within %d to %d", local, s.QuietFrom, s.QuietTo)
		}
		if s.When(true, now, beijing) != now {
			t.Fatal("an urgent notice waits")
		}
	})
}

func TestSettingsAreChecked(t *testing.T) {
	for name, s := range map[string]notice.Settings{
		"topic":  {Topics: map[notice.Topic][]notice.Medium{"weather": {notice.App}}},
		"medium": {Topics: map[notice.Topic][]notice.Medium{notice.Approval: {"fax"}}},
		"quiet":  {QuietFrom: 1440},
		"at":     {DigestAt: -1},
		"digest": {Digest: "weekly"},
		"lang":   {Lang: "fr"},
	} {
		if _, err := s.Clean(); desk.CodeOf(err) != desk.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	got, err := notice.Settings{Topics: map[notice.Topic][]notice.Medium{
		notice.Approval: {notice.Browser, notice.App, notice.App}, notice.Rejected: {},
	}}.Clean()
	if err != nil || len(got.Topics) != 1 {
		t.Fatalf("%v %v: what is as by default is not kept", got.Topics, err)
	}
	if len(got.Media(notice.Rejected)) != 0 || !slices.Equal(got.Media(notice.Approval), []notice.Medium{notice.App, notice.Browser}) {
		t.Errorf("%v", got.Topics)
	}
}
