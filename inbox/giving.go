package inbox

import (
	"cmp"
	"context"
	"slices"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// givenAtOnce is how many tickets are looked at before the teams are read anew.
const givenAtOnce = 50

// botKeeps is how long after the last message a ticket is left to the bot that
// has not handed it over: who is shown a menu may still choose.
const botKeeps = 10 * time.Minute

// InLine is a ticket that waits for a person, and its place in the queue.
type InLine struct {
	ID    TicketID
	Place int64
}

// Wanted chooses tickets to be given to people: those of the accounts, by kind,
// behind After. One that a bot may still answer is among them when its last
// message is not after Quiet.
type Wanted struct {
	Accounts map[channel.Kind][]int64
	Quiet    time.Time
	After    InLine // the zero value: from the beginning
	Limit    int
}

// AssignWaiting gives tickets that wait for a person and that nobody has to the
// members of the teams, the first in the queue first, each by one transaction.
// However many processes do this at once, each ticket is given once, and nobody
// is given more than their capacity. Out of working hours it returns when they
// begin.
func (s *Service) AssignWaiting(ctx context.Context, now time.Time) (next time.Time, err error) {
	var after InLine
	for {
		teams, err := s.store.Teams(ctx)
		if err != nil || !slices.ContainsFunc(teams, Team.gives) {
			return time.Time{}, err
		}
		open, next, err := s.workingHours(now)
		if err != nil {
			return time.Time{}, err
		}
		accounts, err := s.givable(ctx, teams, open)
		if err != nil || len(accounts) == 0 {
			return next, err
		}
		line, err := s.store.Unassigned(ctx, Wanted{Accounts: accounts, Quiet: now.Add(-botKeeps), After: after, Limit: givenAtOnce})
		if err != nil {
			return time.Time{}, err
		}
		anew := len(line) == givenAtOnce
		for _, one := range line {
			after = one
			nobody, err := s.giveOut(ctx, one.ID, open)
			if err != nil {
				return time.Time{}, err
			}
			if nobody { // whose tickets can be given is not what it was
				anew = true
				break
			}
		}
		if !anew {
			return next, nil
		}
	}
}

// workingHours tells whether it is working time by the desk's calendar, and if
// not, when it is next.
func (s *Service) workingHours(now time.Time) (open bool, next time.Time, err error) {
	hours, err := s.hours(DefaultCalendar)
	if err != nil {
		return false, time.Time{}, err
	}
	if hours.Between(now, now.Add(time.Millisecond)) > 0 {
		return true, time.Time{}, nil
	}
	return false, hours.Add(now, time.Millisecond), nil
}

// givable are the accounts whose tickets somebody would be given now.
func (s *Service) givable(ctx context.Context, teams []Team, open bool) (map[channel.Kind][]int64, error) {
	all, err := s.store.Workloads(ctx)
	if err != nil {
		return nil, err
	}
	people := byUser(all)
	groups, err := s.store.AccountGroups(ctx)
	if err != nil {
		return nil, err
	}
	accounts := map[channel.Kind][]int64{}
	for account := range groups {
		for _, kind := range []channel.Kind{channel.Private, channel.Comment} {
			if _, user := taker(teams, people, account, kind, open, 0); user != 0 {
				accounts[kind] = append(accounts[kind], account)
			}
		}
	}
	for _, ids := range accounts {
		slices.Sort(ids)
	}
	return accounts, nil
}

// giveOut gives a ticket to somebody unless it needs nobody by now. nobody tells
// that it does, and that there is no one to give it to.
func (s *Service) giveOut(ctx context.Context, ticket TicketID, open bool) (nobody bool, err error) {
	err = s.change(ctx, desk.System(), desk.WorkTickets, ticket, func(tx Tx, t *Ticket, now time.Time) ([]desk.Event, error) {
		nobody = false
		if t.State != New || t.AssigneeID != 0 || !t.SnoozedUntil.IsZero() {
			return nil, nil
		}
		if wanted, err := tx.ForPerson(ctx, t.ID, now.Add(-botKeeps)); err != nil || !wanted {
			return nil, err
		}
		teams, err := tx.LockTeams(ctx)
		if err != nil {
			return nil, err
		}
		from, err := tx.TakenFrom(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		people, err := tx.UserWorkloads(ctx, membersOf(teams, t))
		if err != nil {
			return nil, err
		}
		team, user := taker(teams, byUser(people), t.AccountID, t.Kind, open, from)
		if user == 0 {
			nobody = true
			return nil, nil
		}
		if err := tx.TakeTurn(ctx, team.ID, user); err != nil {
			return nil, err
		}
		t.AssigneeID = user
		return []desk.Event{fact(TicketAssigned, t, desk.System(), now, map[string]any{
			"from": id(int64(0)), "to": id(user), "team_id": id(team.ID), "team": team.Name, "mode": team.Mode,
		})}, t.move(t.working(), now)
	})
	return nobody, err
}

// gives reports whether the desk gives tickets to the team's members.
func (t Team) gives() bool { return t.Enabled && t.Mode != ByHand && len(t.Members) > 0 }

// serves reports whether tickets of the account are the team's, and how much the
// team asks of a ticket.
func (t Team) serves(account int64, kind channel.Kind) (ok bool, asks int) {
	if len(t.AccountIDs) > 0 {
		if _, found := slices.BinarySearch(t.AccountIDs, account); !found {
			return false, 0
		}
		asks += 2
	}
	if t.Kind != "" {
		asks++
	}
	return t.Enabled && (t.Kind == "" || t.Kind == kind), asks
}

// taker is who is given a ticket of the account now, 0 for nobody. Of the teams
// that serve it the one that asks for more comes first, and of two that ask for
// as much the one with a mode of its own; where all of a team have enough or are
// away the next team has its turn, but nothing is taken from a team that assigns
// by hand. except is a person who is not asked.
func taker(teams []Team, people map[int64]Workload, account int64, kind channel.Kind, open bool, except int64) (Team, int64) {
	type asking struct {
		Team
		asks int
	}
	var serving []asking
	for _, t := range teams {
		if ok, asks := t.serves(account, kind); ok && (t.Mode == ByHand || t.gives()) {
			serving = append(serving, asking{t, asks})
		}
	}
	slices.SortStableFunc(serving, func(a, b asking) int {
		return cmp.Or(cmp.Compare(b.asks, a.asks), byHandLast(a.Mode, b.Mode), cmp.Compare(a.ID, b.ID))
	})
	for _, t := range serving {
		if t.Mode == ByHand {
			break
		}
		if !open && !t.AnyHour {
			continue
		}
		free := slices.DeleteFunc(slices.Clone(t.Members), func(m Member) bool {
			w, ok := people[m.UserID]
			return !ok || m.UserID == except || !w.takes(account)
		})
		if len(free) > 0 {
			return t.Team, slices.MinFunc(free, func(a, b Member) int {
				first := 0
				if t.Mode == LeastLoaded {
					first = people[a.UserID].compare(people[b.UserID])
				}
				return cmp.Or(first, cmp.Compare(a.Turn, b.Turn), cmp.Compare(a.UserID, b.UserID))
			}).UserID
		}
	}
	return Team{}, 0
}

// takes reports whether the person may be given one more ticket of the account.
func (w Workload) takes(account int64) bool {
	return w.Taking && w.InHand < w.Capacity && w.Can(desk.WorkTickets) && w.SeesAccount(account)
}

// compare orders by the share of the capacity that is in hand.
func (w Workload) compare(other Workload) int {
	return cmp.Compare(w.InHand*other.Capacity, other.InHand*w.Capacity)
}

func byUser(all []Workload) map[int64]Workload {
	people := make(map[int64]Workload, len(all))
	for _, w := range all {
		people[w.UserID] = w
	}
	return people
}

// membersOf are the members of the teams that serve the ticket.
func membersOf(teams []Team, t *Ticket) []int64 {
	var users []int64
	for _, team := range teams {
		if ok, _ := team.serves(t.AccountID, t.Kind); ok && team.gives() {
			for _, m := range team.Members {
				users = append(users, m.UserID)
			}
		}
	}
	return inOrder(users)
}

// byHandLast orders the modes for taker.
func byHandLast(a, b AssignMode) int {
	switch {
	case (a == ByHand) == (b == ByHand):
		return 0
	case b == ByHand:
		return -1
	}
	return 1
}
