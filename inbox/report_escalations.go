package inbox

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"
)

// PerEscalation is the dimension of what departments were given. Its keys say
// which department, and whether it led; tickets are not under it.
const PerEscalation Dimension = "escalation"

// Part is a department's part in the tickets it was given.
type Part string

// Parts.
const (
	AnyPart    Part = ""
	LeadPart   Part = "lead" // 主办
	HelperPart Part = "co"   // 协办
)

func partOf(lead bool) Part {
	if lead {
		return LeadPart
	}
	return HelperPart
}

// escalationKey is the key of a department's part, readEscalationKey the reverse.
func escalationKey(department int64, part Part) string { return id(department) + "/" + string(part) }

func readEscalationKey(key string) (department int64, part Part) {
	text, rest, _ := strings.Cut(key, "/")
	department, _ = strconv.ParseInt(text, 10, 64)
	return department, Part(rest)
}

// ReportEscalation is what the reports know of one escalation. Zero times mean
// "not yet".
type ReportEscalation struct {
	DepartmentID int64
	Lead         bool
	At           time.Time // when it was dispatched
	SignedAt     time.Time
	AnsweredAt   time.Time // of the last answer; zero while the department owes one
	SignMet      bool      // a deadline for signing was kept
	SignMissed   bool
	Met          bool // a deadline for the answer was kept
	Missed       bool
	Returned     bool
	Withdrawn    bool
	Extended     bool
	Reworked     bool
	Urged        bool
	Supervised   bool
}

// facts are the marks of an escalation in the order they are stored.
func (e *ReportEscalation) facts() []*bool {
	return []*bool{&e.Lead, &e.SignMet, &e.SignMissed, &e.Met, &e.Missed, &e.Returned, &e.Withdrawn, &e.Extended, &e.Reworked, &e.Urged, &e.Supervised}
}

// GivenAway are the escalations of a ticket as the text they are stored as, so
// that tickets can be compared: "department:dispatched:signed:answered:facts" of
// each, one after the other, the times in milliseconds and 0 for none.
type GivenAway string

// Add puts another escalation behind the others.
func (g *GivenAway) Add(e ReportEscalation) {
	bits := 0
	for i, fact := range e.facts() {
		if *fact {
			bits |= 1 << i
		}
	}
	if *g != "" {
		*g += " "
	}
	*g += GivenAway(fmt.Sprintf("%d:%d:%d:%d:%d", e.DepartmentID, millis(e.At), millis(e.SignedAt), millis(e.AnsweredAt), bits))
}

// All goes through them; what is none is left out.
func (g GivenAway) All() iter.Seq[ReportEscalation] {
	return func(yield func(ReportEscalation) bool) {
		for item := range strings.FieldsSeq(string(g)) {
			e, err := readEscalation(item)
			if err == nil && !yield(e) {
				return
			}
		}
	}
}

func readEscalation(item string) (e ReportEscalation, err error) {
	fields := strings.Split(item, ":")
	if len(fields) != 5 {
		return e, fmt.Errorf("%q is no escalation", item)
	}
	var n [5]int64
	for i, field := range fields {
		if n[i], err = strconv.ParseInt(field, 10, 64); err != nil {
			return e, fmt.Errorf("%q is no escalation: %w", item, err)
		}
	}
	e.DepartmentID, e.At, e.SignedAt, e.AnsweredAt = n[0], atMillis(n[1]), atMillis(n[2]), atMillis(n[3])
	for i, fact := range e.facts() {
		*fact = n[4]>>i&1 == 1
	}
	return e, nil
}

// millis is a time as a number, 0 for the zero time; atMillis is the reverse.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func atMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// EscalationSums are what a report counts of escalations, each once, on the day
// it was dispatched. What each means is in EscalationDefinitions.
type EscalationSums struct {
	Dispatched   int
	Signed       int
	SignedOnTime int
	SignedLate   int
	Answered     int
	OnTime       int
	Late         int
	Returned     int
	Withdrawn    int
	Extended     int
	Reworked     int
	Urged        int
	Supervised   int
	SignWaits    Waits
	AnswerWaits  Waits
}

// counts are the numbers in the order they are stored.
func (s *EscalationSums) counts() []*int {
	return []*int{
		&s.Dispatched, &s.Signed, &s.SignedOnTime, &s.SignedLate, &s.Answered, &s.OnTime, &s.Late,
		&s.Returned, &s.Withdrawn, &s.Extended, &s.Reworked, &s.Urged, &s.Supervised,
	}
}

// Add adds n times b to s.
func (s *EscalationSums) Add(b EscalationSums, n int) {
	more := b.counts()
	for i, count := range s.counts() {
		*count += n * *more[i]
	}
	s.SignWaits.add(b.SignWaits, n)
	s.AnswerWaits.add(b.AnswerWaits, n)
}

// Empty reports whether nothing was counted.
func (s *EscalationSums) Empty() bool {
	for _, count := range s.counts() {
		if *count != 0 {
			return false
		}
	}
	return len(s.SignWaits)+len(s.AnswerWaits) == 0
}

// Text is how EscalationSums are stored: the counts, then both Waits, with a "|"
// between each.
func (s *EscalationSums) Text() string {
	var b []byte
	for _, count := range s.counts() {
		b = append(strconv.AppendInt(b, int64(*count), 10), '|')
	}
	return string(b) + s.SignWaits.Text() + "|" + s.AnswerWaits.Text()
}

// ParseEscalationSums reads what Text wrote.
func ParseEscalationSums(text string) (*EscalationSums, error) {
	s := &EscalationSums{}
	for _, count := range s.counts() {
		field, rest, ok := strings.Cut(text, "|")
		n, err := strconv.Atoi(field)
		if err != nil || !ok {
			return nil, fmt.Errorf("sums of escalations: %q is no count", field)
		}
		*count, text = n, rest
	}
	sign, answer, _ := strings.Cut(text, "|")
	var err error
	if s.SignWaits, err = ParseWaits(nil, sign); err != nil {
		return nil, err
	}
	s.AnswerWaits, err = ParseWaits(nil, answer)
	return s, err
}

// sums are what one escalation counts.
func (e ReportEscalation) sums() *EscalationSums {
	is := func(fact bool) int {
		if fact {
			return 1
		}
		return 0
	}
	s := &EscalationSums{
		Dispatched: 1, SignedOnTime: is(e.SignMet && !e.SignMissed), SignedLate: is(e.SignMissed), Late: is(e.Missed),
		Returned: is(e.Returned), Withdrawn: is(e.Withdrawn), Extended: is(e.Extended), Reworked: is(e.Reworked),
		Urged: is(e.Urged), Supervised: is(e.Supervised),
	}
	if !e.SignedAt.IsZero() {
		s.Signed, s.SignWaits = 1, Waits{{waitBucket(e.SignedAt.Sub(e.At)), 1}}
	}
	if !e.AnsweredAt.IsZero() {
		s.Answered, s.AnswerWaits = 1, Waits{{waitBucket(e.AnsweredAt.Sub(e.At)), 1}}
		s.OnTime = is(e.Met && !e.Missed)
	}
	return s
}

// countEscalations adds n times the ticket's escalations to the cells they are in.
func (t ReportTicket) countEscalations(zone *time.Location, n int, cells map[CellKey]*Sums) {
	for e := range t.GivenAway.All() {
		at, sums := e.At.In(zone), e.sums()
		for _, period := range []Period{dayOf(at), monthOf(at)} {
			for _, account := range []int64{0, t.AccountID} {
				key := CellKey{PerEscalation, account, period, escalationKey(e.DepartmentID, partOf(e.Lead))}
				if cells[key] == nil {
					cells[key] = &Sums{}
				}
				cells[key].Add(Sums{Escalations: sums}, n)
			}
		}
	}
}

// SignedOnTimeRate is FigureSignedOnTime; false when no deadline is settled. So
// it is with the other shares.
func (s *EscalationSums) SignedOnTimeRate() (float64, bool) {
	return share(s.SignedOnTime, s.SignedOnTime+s.SignedLate)
}

// OnTimeRate is FigureDepartmentOnTime.
func (s *EscalationSums) OnTimeRate() (float64, bool) { return share(s.OnTime, s.OnTime+s.Late) }
