package bot

import (
	"cmp"
	"slices"

	"replydesk/faq"
)

// sums adds tallies up in the ways a report shows them.
type sums struct {
	days    map[accountDay]*Counts
	reasons map[ReasonCount]int // their own Count is 0
	entries map[faq.EntryID]*EntryCount
}

type accountDay struct {
	account int64
	day     faq.Day
}

func newSums() *sums {
	return &sums{days: map[accountDay]*Counts{}, reasons: map[ReasonCount]int{}, entries: map[faq.EntryID]*EntryCount{}}
}

func (s *sums) take(t Tally) {
	at := accountDay{t.AccountID, t.Day}
	if s.days[at] == nil {
		s.days[at] = &Counts{}
	}
	c := t.counts()
	s.days[at].Add(c)
	if (t.Action == HandOver || t.Action == Silent) && !t.idle() {
		s.reasons[ReasonCount{Action: t.Action, Reason: t.Reason}] += t.N
	}
	if c.Answered == 0 {
		return
	}
	e := s.entries[t.EntryID]
	if e == nil {
		e = &EntryCount{EntryID: t.EntryID}
		s.entries[t.EntryID] = e
	}
	e.Answered, e.Unhelpful, e.Corrected = e.Answered+c.Answered, e.Unhelpful+c.Unhelpful, e.Corrected+c.Corrected
}

// accounts are those with a tally.
func (s *sums) accounts() []int64 {
	var ids []int64
	for at := range s.days {
		ids = append(ids, at.account)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// rows are the counts by day and account, oldest first.
func (s *sums) rows(names map[int64]string) []AccountDay {
	out := make([]AccountDay, 0, len(s.days))
	for at, c := range s.days {
		out = append(out, AccountDay{AccountID: at.account, Account: names[at.account], Day: at.day, Counts: *c})
	}
	slices.SortFunc(out, func(a, b AccountDay) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.AccountID, b.AccountID))
	})
	return out
}

func (s *sums) sortedReasons() []ReasonCount {
	out := make([]ReasonCount, 0, len(s.reasons))
	for r, n := range s.reasons {
		r.Count = n
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b ReasonCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Action, b.Action), cmp.Compare(a.Reason, b.Reason))
	})
	return out
}

// wrong are the entries whose answers were not right most often.
func (s *sums) wrong(most int) []EntryCount {
	var out []EntryCount
	for _, e := range s.entries {
		if e.EntryID != 0 && e.Unhelpful+e.Corrected > 0 {
			out = append(out, *e)
		}
	}
	slices.SortFunc(out, func(a, b EntryCount) int {
		return cmp.Or(cmp.Compare(b.Unhelpful+b.Corrected, a.Unhelpful+a.Corrected), cmp.Compare(a.Answered, b.Answered), cmp.Compare(a.EntryID, b.EntryID))
	})
	return out[:min(len(out), most)]
}

func entriesOf(counts []EntryCount) []faq.EntryID {
	ids := make([]faq.EntryID, len(counts))
	for i, c := range counts {
		ids[i] = c.EntryID
	}
	return ids
}

// sum adds the rows up by day and by account.
func (r *Report) sum() {
	at := map[faq.Day]int{}
	for day := r.From; day <= r.To; day = next(day) {
		at[day] = len(r.Days)
		r.Days = append(r.Days, DayCounts{Day: day})
	}
	accounts := map[int64]int{}
	for _, row := range r.Rows {
		i, ok := accounts[row.AccountID]
		if !ok {
			i = len(r.Accounts)
			accounts[row.AccountID] = i
			r.Accounts = append(r.Accounts, AccountCounts{AccountID: row.AccountID, Account: row.Account})
		}
		r.Accounts[i].Add(row.Counts)
		r.Days[at[row.Day]].Add(row.Counts)
		r.Total.Add(row.Counts)
	}
	slices.SortFunc(r.Accounts, func(a, b AccountCounts) int {
		return cmp.Or(cmp.Compare(b.Asked, a.Asked), cmp.Compare(a.AccountID, b.AccountID))
	})
}
