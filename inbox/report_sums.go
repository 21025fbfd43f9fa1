package inbox

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"replydesk/inbox/channel"
)

// Dimension is one way to break the figures of a report down.
type Dimension string

// Dimensions. Each request is under one key of each. PerDay is no dimension of the
// roll-ups: they have days of their own.
const (
	PerAccount    Dimension = "account"
	PerKind       Dimension = "kind"
	PerDepartment Dimension = "department" // that leads; "0": none had it
	PerPerson     Dimension = "person"     // who has the ticket; "0": nobody
	PerCategory   Dimension = "category"   // "": none was given
	PerHour       Dimension = "hour"       // "00" to "23"
	PerDay        Dimension = "day"
)

// Dimensions are those the roll-ups keep.
func Dimensions() []Dimension {
	return []Dimension{PerAccount, PerKind, PerDepartment, PerPerson, PerCategory, PerHour}
}

// ReportTicket is what the reports know of one ticket. Zero times mean "not yet".
type ReportTicket struct {
	ID           TicketID
	AccountID    int64
	Kind         channel.Kind
	DepartmentID int64
	AssigneeID   int64
	Category     string
	State        State      // Closed, Ignored or Merged; "": it has not ended
	ReceivedAt   time.Time  // of its first message, or of the first of those merged into it
	AnsweredAt   time.Time  // the first answer that arrived; one that answers nothing is none
	ByBot        bool       // that answer was the bot's
	ClosedAt     time.Time  // when it ended
	Missed       bool       // one of its own deadlines was missed
	Open         bool       // its own clock asks for an answer
	Marks        GivenMarks // what its citizen gave each round of answers
	GivenAway    GivenAway  // its escalations
	Hotspots     HotspotKeys
}

// Sums are what a report counts, of the tickets under one key of a dimension.
// The figures made of them are Figures; what each means is in Definitions.
type Sums struct {
	Received int
	Answered int
	Closed   int
	Needed   int
	Replied  int
	OnTime   int
	Late     int
	Bot      int
	Marks    [BestMark]int // ratings by their mark, 1 first
	Waits    Waits
	// Escalations is set under PerEscalation, and nothing else is there.
	Escalations *EscalationSums
}

// Add adds n times b to s.
func (s *Sums) Add(b Sums, n int) {
	s.Received, s.Answered, s.Closed = s.Received+n*b.Received, s.Answered+n*b.Answered, s.Closed+n*b.Closed
	s.Needed, s.Replied = s.Needed+n*b.Needed, s.Replied+n*b.Replied
	s.OnTime, s.Late, s.Bot = s.OnTime+n*b.OnTime, s.Late+n*b.Late, s.Bot+n*b.Bot
	for i := range s.Marks {
		s.Marks[i] += n * b.Marks[i]
	}
	s.Waits.add(b.Waits, n)
	if b.Escalations != nil {
		if s.Escalations == nil {
			s.Escalations = &EscalationSums{}
		}
		s.Escalations.Add(*b.Escalations, n)
	}
}

// Empty reports whether nothing was counted.
func (s Sums) Empty() bool {
	return s.Received|s.Answered|s.Closed|s.Needed|s.Replied|s.OnTime|s.Late|s.Bot == 0 && s.Marks == [BestMark]int{} && len(s.Waits) == 0 &&
		(s.Escalations == nil || s.Escalations.Empty())
}

// CellKey names one sum of the roll-ups: of one key of a dimension, of one
// account or, as account 0, of all of them, on one Period.
type CellKey struct {
	By        Dimension
	AccountID int64
	Period    Period
	Key       string
}

// Period is a day, as 20261122, or a whole month, as 202611.
type Period int

// dayOf and monthOf are the periods of a time at the desk.
func dayOf(t time.Time) Period   { return Period(t.Year()*10000 + int(t.Month())*100 + t.Day()) }
func monthOf(t time.Time) Period { return dayOf(t) / 100 }

// Date is the day of a Period that is one.
func (p Period) Date() string { return fmt.Sprintf("%04d-%02d-%02d", p/10000, p/100%100, p%100) }

// Count adds n times what the ticket is in the reports to the cells it is in.
func (t ReportTicket) Count(zone *time.Location, n int, cells map[CellKey]*Sums) {
	for at, mark := range t.Marks.All() {
		var rated Sums
		rated.Marks[mark-1] = 1
		t.count(at.In(zone), rated, n, cells)
	}
	t.countEscalations(zone, n, cells)
	if t.State == Merged { // all else of it is the other's
		return
	}
	received := Sums{Received: 1}
	ignored := t.State == Ignored && t.AnsweredAt.IsZero()
	if !ignored {
		received.Needed = 1
	}
	switch {
	case t.Missed:
		received.Late = 1
	case !t.Open && (!t.AnsweredAt.IsZero() || t.State == Closed):
		received.OnTime = 1
	}
	if !t.AnsweredAt.IsZero() {
		received.Replied = 1
		answered := Sums{Answered: 1, Waits: Waits{{waitBucket(t.AnsweredAt.Sub(t.ReceivedAt)), 1}}}
		if t.ByBot {
			answered.Bot = 1
		}
		t.count(t.AnsweredAt.In(zone), answered, n, cells)
	}
	t.count(t.ReceivedAt.In(zone), received, n, cells)
	if t.State == Closed && !t.ClosedAt.IsZero() {
		t.count(t.ClosedAt.In(zone), Sums{Closed: 1}, n, cells)
	}
}

// count adds to the cells of what happened at a time.
func (t ReportTicket) count(at time.Time, what Sums, n int, cells map[CellKey]*Sums) {
	for _, by := range Dimensions() {
		for _, period := range []Period{dayOf(at), monthOf(at)} {
			for _, account := range []int64{0, t.AccountID} {
				if by == PerAccount && account != 0 {
					continue // the key says it
				}
				key := CellKey{by, account, period, t.key(by, at)}
				if cells[key] == nil {
					cells[key] = &Sums{}
				}
				cells[key].Add(what, n)
			}
		}
	}
}

// key is what a ticket is under in a dimension.
func (t ReportTicket) key(by Dimension, at time.Time) string {
	switch by {
	case PerAccount:
		return id(t.AccountID)
	case PerKind:
		return string(t.Kind)
	case PerDepartment:
		return id(t.DepartmentID)
	case PerPerson:
		return id(t.AssigneeID)
	case PerCategory:
		return t.Category
	case PerHour, PerDay, PerEscalation:
	}
	return fmt.Sprintf("%02d", at.Hour())
}

// Waits counts how long answers took, by bucket, in their order. A bucket is at
// most 5 % wide, so what Quantile tells is at most 2.5 % (below 20 seconds: half a
// second) off.
type Waits []WaitCount

// WaitCount is how many answers are in a bucket.
type WaitCount struct{ Bucket, N int }

// WaitError is how far a quantile of Waits may be off, as a share.
const WaitError = 0.025

// waitBounds are where the buckets begin, in seconds: up to 20 years.
var waitBounds = func() (bounds []int64) {
	for at := int64(0); at < 20*366*24*3600; at = max(at+1, at*21/20) {
		bounds = append(bounds, at)
	}
	return bounds
}()

// waitBucket is the bucket of a time.
func waitBucket(d time.Duration) int {
	seconds := int64(d / time.Second)
	low, high := 0, len(waitBounds)
	for high-low > 1 {
		if middle := (low + high) / 2; waitBounds[middle] <= seconds {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// add makes w a new one that has n times b more.
func (w *Waits) add(b Waits, n int) {
	if len(b) == 0 {
		return
	}
	a := *w
	sum := make(Waits, 0, len(a)+len(b))
	for len(a)+len(b) > 0 {
		var next WaitCount
		switch {
		case len(b) == 0 || len(a) > 0 && a[0].Bucket < b[0].Bucket:
			next, a = a[0], a[1:]
		case len(a) == 0 || b[0].Bucket < a[0].Bucket:
			next, b = WaitCount{b[0].Bucket, n * b[0].N}, b[1:]
		default:
			next = WaitCount{a[0].Bucket, a[0].N + n*b[0].N}
			a, b = a[1:], b[1:]
		}
		if next.N != 0 {
			sum = append(sum, next)
		}
	}
	if *w = sum; len(sum) == 0 {
		*w = nil
	}
}

// tally adds up many sums, and makes no new Waits for each as Sums.Add does.
type tally struct {
	Sums
	waits []int // by bucket
}

func (t *tally) add(s Sums) {
	if t.waits == nil && len(s.Waits) > 0 {
		t.waits = make([]int, len(waitBounds))
	}
	for _, c := range s.Waits {
		t.waits[c.Bucket] += c.N
	}
	s.Waits = nil
	t.Sums.Add(s, 1)
}

// sum is what was added up.
func (t *tally) sum() Sums {
	s := t.Sums
	for bucket, n := range t.waits {
		if n != 0 {
			s.Waits = append(s.Waits, WaitCount{bucket, n})
		}
	}
	return s
}

// Quantile is how long a share of the answers took at most; false when there
// were none.
func (w Waits) Quantile(share float64) (time.Duration, bool) {
	all := 0
	for _, c := range w {
		all += c.N
	}
	rest := max(int(math.Ceil(share*float64(all))), 1)
	for _, c := range w {
		if rest -= c.N; rest <= 0 {
			return waitMiddle(c.Bucket), true
		}
	}
	return 0, false
}

// waitMiddle stands for all times of a bucket.
func waitMiddle(bucket int) time.Duration {
	from := time.Duration(waitBounds[bucket]) * time.Second
	if bucket+1 == len(waitBounds) {
		return from
	}
	return (from + time.Duration(waitBounds[bucket+1])*time.Second) / 2
}

// Text is how Waits are stored: "bucket:count" of each, one after the other.
func (w Waits) Text() string {
	var b []byte
	for i, c := range w {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, int64(c.Bucket), 10)
		b = append(b, ':')
		b = strconv.AppendInt(b, int64(c.N), 10)
	}
	return string(b)
}

// ParseWaits reads what Text wrote and appends it to w.
func ParseWaits(w Waits, text string) (Waits, error) {
	for item, rest, more := "", text, text != ""; more; {
		item, rest, more = strings.Cut(rest, " ")
		bucket, count, _ := strings.Cut(item, ":")
		b, err := strconv.Atoi(bucket)
		n, err2 := strconv.Atoi(count)
		if err != nil || err2 != nil || b < 0 || b >= len(waitBounds) || len(w) > 0 && b <= w[len(w)-1].Bucket {
			return nil, fmt.Errorf("waits %q: %q is no bucket and count", text, item)
		}
		w = append(w, WaitCount{b, n})
	}
	return w, nil
}
