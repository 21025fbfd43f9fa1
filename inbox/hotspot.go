package inbox

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"replydesk/inbox/desk"
)

// HotspotKey names what many tickets may be about: a tag, or the post that
// comments stand under.
type HotspotKey string

// How keys begin.
const (
	tagHotspot  = "tag:"
	postHotspot = "post:"
)

// HotspotOfTag is the key of a tag.
func HotspotOfTag(tag string) HotspotKey { return HotspotKey(tagHotspot + tag) }

// HotspotOfPost is the key of a post.
func HotspotOfPost(post int64) HotspotKey {
	return HotspotKey(postHotspot + strconv.FormatInt(post, 10))
}

// Tag is the tag of a key; false for that of a post.
func (k HotspotKey) Tag() (string, bool) { return strings.CutPrefix(string(k), tagHotspot) }

// Post is the post of a key; false for that of a tag.
func (k HotspotKey) Post() (int64, bool) {
	text, ok := strings.CutPrefix(string(k), postHotspot)
	post, err := strconv.ParseInt(text, 10, 64)
	return post, ok && err == nil && post > 0
}

// HotspotKeys are those of one ticket as the text they are stored as, so that
// tickets can be compared: one a line.
type HotspotKeys string

// HotspotsOf are the keys of a ticket. A tag of several lines is none.
func HotspotsOf(tags []string, post int64) HotspotKeys {
	var keys []string
	for _, tag := range tags {
		if !strings.ContainsAny(tag, "\n\r") {
			keys = append(keys, string(HotspotOfTag(tag)))
		}
	}
	if post != 0 {
		keys = append(keys, string(HotspotOfPost(post)))
	}
	return HotspotKeys(strings.Join(keys, "\n"))
}

// All are the keys.
func (k HotspotKeys) All() []HotspotKey {
	var keys []HotspotKey
	for line := range strings.SplitSeq(string(k), "\n") {
		if line != "" {
			keys = append(keys, HotspotKey(line))
		}
	}
	return keys
}

// Bounds of the hotspots.
const (
	MaxHotspots      = 20
	HotspotSample    = 2000               // the newest tickets whose topics are counted
	HotspotTickets   = 20                 // the newest, which are listed
	hourly           = 3 * 24 * time.Hour // up to so long the volume is told by the hour
	HotspotAlerts    = 3
	HotspotBucket    = 15 * time.Minute // every zone's hours and days are made of these
	longestHotspot   = MaxReportDays * 24 * time.Hour
	hotspotsShortest = time.Hour
)

// HotspotStore counts the tickets of a hotspot from an index of its own. It only
// reads.
type HotspotStore interface {
	// Hotspots are those with the most tickets from a time on, the most first, with
	// how many they had from before to from.
	Hotspots(ctx context.Context, q HotspotsQuery) ([]Hotspot, error)
	// HotspotSpan is when the first and the newest ticket of one came in; zero times
	// when the actor sees none.
	HotspotSpan(ctx context.Context, q HotspotQuery) (first, last time.Time, err error)
	HotspotCounts(ctx context.Context, q HotspotQuery, now time.Time) (HotspotCounts, error)
	HotspotReceived(ctx context.Context, q HotspotQuery) (int, error)
	// HotspotPost is the post of a key.
	HotspotPost(ctx context.Context, post int64) (title, url string, account int64, err error)
}

// HotspotsQuery chooses hotspots.
type HotspotsQuery struct {
	Actor     desk.Actor
	AccountID int64 // 0: all
	From      time.Time
	Before    time.Time
	Limit     int
}

// HotspotQuery chooses tickets of a hotspot that came in from From up to, not
// including, To.
type HotspotQuery struct {
	Actor     desk.Actor
	Key       HotspotKey
	AccountID int64 // 0: all
	From, To  time.Time
}

// Hotspot is a tag or a post with many tickets.
type Hotspot struct {
	Key       HotspotKey
	Title     string // of a tag itself, of a post its title
	AccountID int64  // of a post
	Account   string
	Tickets   int
	Before    int // in as long a time before
	LastAt    time.Time
}

// HotspotCounts is what the store counts of one.
type HotspotCounts struct {
	Received     int
	Answered     int
	Ended        int
	Waiting      int // now
	Overdue      int // of those
	Marks        [BestMark]int
	In, Out      map[int64]int // received and first answered, by bucket: units of HotspotBucket since 1970
	ByAccount    []HotspotShare
	ByDepartment []HotspotShare
	Newest       []TicketRow
	Sample       []TicketID // the newest HotspotSample
	Alerts       []int64    // open ones that have tickets of it
}

// HotspotShare is how many of the tickets are under a key.
type HotspotShare struct {
	ID      int64
	Name    string
	Kind    string // of an account's tickets; "" of a department's
	Tickets int
	Waiting int
}

// HotspotPoint is an hour or a day of a hotspot.
type HotspotPoint struct {
	At       time.Time
	Received int
	Answered int
}

// HotspotPage is all that is told of a hotspot.
type HotspotPage struct {
	Hotspot  // Tickets are those of the range, Before those of as long a time before
	URL      string
	BeganAt  time.Time
	From, To time.Time
	ByHour   bool // else by day
	Points   []HotspotPoint
	HotspotCounts
}

// Hotspots tells which tags and posts have the most tickets within a time up to
// now, and how that has grown. It needs ReadReports.
func (r *Reports) Hotspots(ctx context.Context, actor desk.Actor, within time.Duration, account int64) ([]Hotspot, error) {
	if err := actor.Require(desk.ReadReports); err != nil {
		return nil, err
	}
	if within < hotspotsShortest || within > 31*24*time.Hour {
		return nil, desk.InvalidField("within", "须在 1 小时到 31 天之间")
	}
	from := r.Now().UTC().Add(-within)
	out, err := r.Store.Hotspots(ctx, HotspotsQuery{Actor: actor, AccountID: account, From: from, Before: from.Add(-within), Limit: MaxHotspots})
	if err != nil {
		return nil, err
	}
	for i := range out {
		if err := r.entitle(ctx, &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// entitle gives a hotspot its words.
func (r *Reports) entitle(ctx context.Context, h *Hotspot) (err error) {
	if tag, ok := h.Key.Tag(); ok {
		h.Title = tag
		return nil
	}
	post, _ := h.Key.Post()
	if h.Title, _, h.AccountID, err = r.Store.HotspotPost(ctx, post); err != nil {
		return err
	}
	names, err := r.Store.KeyNames(ctx, PerAccount, []string{id(h.AccountID)})
	h.Account = names[id(h.AccountID)]
	return err
}

// HotspotFilter chooses a hotspot and its days. Without From it begins with its
// first ticket, without To it ends now.
type HotspotFilter struct {
	Actor     desk.Actor
	Key       HotspotKey
	AccountID int64
	From, To  string // YYYY-MM-DD, both included
}

// Hotspot tells all of one. It needs ReadReports; one of which the actor sees no
// ticket is not found.
func (r *Reports) Hotspot(ctx context.Context, f HotspotFilter) (HotspotPage, error) {
	out := HotspotPage{Hotspot: Hotspot{Key: f.Key}}
	if err := f.Actor.Require(desk.ReadReports); err != nil {
		return out, err
	}
	now := r.Now().UTC()
	q := HotspotQuery{Actor: f.Actor, Key: f.Key, AccountID: f.AccountID}
	first, last, err := r.Store.HotspotSpan(ctx, q)
	if err != nil {
		return out, err
	}
	if first.IsZero() {
		return out, desk.Errorf(desk.NotFound, "没有找到这个热点")
	}
	out.BeganAt, out.LastAt = first, last
	if out.From, out.To, err = r.hotspotRange(f, first, now); err != nil {
		return out, err
	}
	q.From, q.To = out.From, out.To
	if out.HotspotCounts, err = r.Store.HotspotCounts(ctx, q, now); err != nil {
		return out, err
	}
	out.Tickets = out.Received
	earlier := q
	earlier.From, earlier.To = out.From.Add(out.From.Sub(out.To)), out.From
	if out.Before, err = r.Store.HotspotReceived(ctx, earlier); err != nil {
		return out, err
	}
	out.ByHour = out.To.Sub(out.From) <= hourly
	out.Points = r.hotspotPoints(out)
	if err := r.entitle(ctx, &out.Hotspot); err != nil {
		return out, err
	}
	if post, ok := f.Key.Post(); ok {
		if _, out.URL, _, err = r.Store.HotspotPost(ctx, post); err != nil {
			return out, err
		}
	}
	return out, r.nameShares(ctx, &out)
}

// hotspotRange is the time a page is about: whole days of the desk, or from the
// hour of the first ticket to now.
func (r *Reports) hotspotRange(f HotspotFilter, first, now time.Time) (from, to time.Time, err error) {
	last := now.Add(time.Millisecond) // what came in just now is part of it
	from, to = first.Truncate(time.Hour), last
	if f.From != "" {
		if from, err = time.ParseInLocation(time.DateOnly, f.From, r.Zone); err != nil {
			return from, to, desk.InvalidField("from", "日期须写作 2026-01-31")
		}
	}
	if f.To != "" {
		if to, err = time.ParseInLocation(time.DateOnly, f.To, r.Zone); err != nil {
			return from, to, desk.InvalidField("to", "日期须写作 2026-01-31")
		}
		to = to.AddDate(0, 0, 1)
	}
	if to.After(last) {
		to = last
	}
	if f.From == "" && to.Sub(from) > longestHotspot {
		from = to.Add(-longestHotspot).Truncate(time.Hour)
	}
	switch {
	case !from.Before(to):
		return from, to, desk.InvalidField("from", "开始日期不能晚于结束日期，也不能晚于今天")
	case to.Sub(from) > longestHotspot+24*time.Hour:
		return from, to, desk.InvalidField("from", "最多统计 %d 天", MaxReportDays)
	}
	return from.UTC(), to.UTC(), nil
}

// hotspotPoints are the hours or the days of the range, each with what fell into it.
func (r *Reports) hotspotPoints(p HotspotPage) []HotspotPoint {
	start := func(t time.Time) time.Time {
		t = t.In(r.Zone)
		if p.ByHour {
			return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), 0, 0, 0, r.Zone)
		}
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, r.Zone)
	}
	next := func(t time.Time) time.Time {
		if p.ByHour {
			return t.Add(time.Hour)
		}
		return t.AddDate(0, 0, 1)
	}
	var out []HotspotPoint
	at := map[int64]int{}
	for t := start(p.From); t.Before(p.To); t = next(t) {
		at[t.Unix()] = len(out)
		out = append(out, HotspotPoint{At: t.UTC()})
	}
	add := func(buckets map[int64]int, to func(*HotspotPoint) *int) {
		for bucket, n := range buckets {
			if i, ok := at[start(time.UnixMilli(bucket*HotspotBucket.Milliseconds())).Unix()]; ok {
				*to(&out[i]) += n
			}
		}
	}
	add(p.In, func(p *HotspotPoint) *int { return &p.Received })
	add(p.Out, func(p *HotspotPoint) *int { return &p.Answered })
	return out
}

// nameShares gives accounts and departments their names.
func (r *Reports) nameShares(ctx context.Context, p *HotspotPage) error {
	for by, shares := range map[Dimension][]HotspotShare{PerAccount: p.ByAccount, PerDepartment: p.ByDepartment} {
		keys := make([]string, 0, len(shares))
		for _, s := range shares {
			keys = append(keys, id(s.ID))
		}
		slices.Sort(keys)
		names, err := r.Store.KeyNames(ctx, by, slices.Compact(keys))
		if err != nil {
			return err
		}
		for i := range shares {
			shares[i].Name = names[id(shares[i].ID)]
		}
	}
	return nil
}
