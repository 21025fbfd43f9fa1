package live

import (
	"sync"
	"time"
)

// Bounds of presence.
const (
	maxAt      = 8    // tickets one socket is at; one more and the oldest is left
	maxMembers = 1000 // members of one room that a node knows of
)

// member is one socket, here or on another node, at one ticket.
type member struct {
	id     string
	user   person
	state  string
	until  time.Time
	local  *socket // nil: on another node
	stored string  // what the shared set holds; local ones only
	seen   time.Time
}

type person struct {
	id   int64
	name string
}

// change is what the others at a ticket must be told.
type change struct {
	ticket int64
	user   person
	state  string
}

// room is the members at one ticket. It exists while one of them is local.
type room struct {
	members map[string]*member
	locals  int
}

// board is who is at which ticket, as this node knows it.
type board struct {
	mu    sync.Mutex
	rooms map[int64]*room
}

// state is what a person with several sockets shows: the busiest of them.
func (r *room) state(user int64) string {
	state := Gone
	for _, m := range r.members {
		if m.user.id != user {
			continue
		}
		if m.state == Typing {
			return Typing
		}
		state = m.state
	}
	return state
}

// put adds or renews a member and tells the others when its user's state has
// changed by that. A member of another node is only of interest at a ticket
// where somebody here is. isNew reports that the member was not there.
func (b *board) put(ticket int64, m *member) (isNew bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.rooms[ticket]
	if r == nil {
		if m.local == nil {
			return false
		}
		r = &room{members: make(map[string]*member)}
		b.rooms[ticket] = r
	}
	before := r.state(m.user.id)
	old := r.members[m.id]
	if old == nil {
		if m.local == nil && len(r.members) >= maxMembers {
			return false
		}
		if m.local != nil {
			r.locals++
		}
	}
	r.members[m.id] = m
	if m.local != nil {
		if m.local.at == nil {
			m.local.at = make(map[int64]*member)
		}
		m.local.at[ticket] = m
	}
	b.tell(r, before, change{ticket, m.user, r.state(m.user.id)})
	return old == nil
}

// remove takes a member away and tells the others. It returns the member, nil
// when it was not there.
func (b *board) remove(ticket int64, id string) *member {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.removeLocked(ticket, id)
}

func (b *board) removeLocked(ticket int64, id string) *member {
	r := b.rooms[ticket]
	if r == nil || r.members[id] == nil {
		return nil
	}
	m := r.members[id]
	before := r.state(m.user.id)
	delete(r.members, id)
	if m.local != nil {
		delete(m.local.at, ticket)
		if r.locals--; r.locals == 0 {
			delete(b.rooms, ticket) // nobody here is left to be told anything
			return m
		}
	}
	b.tell(r, before, change{ticket, m.user, r.state(m.user.id)})
	return m
}

// tell queues a change of state with the local sockets of everybody else.
func (b *board) tell(r *room, before string, c change) {
	if before == c.state {
		return
	}
	frame := c.frame()
	for _, m := range r.members {
		if m.local != nil && m.user.id != c.user.id {
			m.local.tell(frame)
		}
	}
}

// greet tells a newcomer who else is at the ticket.
func (b *board) greet(ticket int64, s *socket) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.rooms[ticket]
	if r == nil {
		return
	}
	for _, m := range r.members {
		if m.user.id != s.actor.UserID {
			s.tell(change{ticket, m.user, r.state(m.user.id)}.frame())
		}
	}
}

// expired is a local member whose time ran out, to be told to the other nodes.
type expired struct {
	ticket int64
	member *member
}

// expire removes whoever was silent for too long and returns the local ones.
func (b *board) expire(now time.Time) []expired {
	b.mu.Lock()
	defer b.mu.Unlock()
	var late []expired
	for ticket, r := range b.rooms {
		for id, m := range r.members {
			if m.until.After(now) {
				continue
			}
			b.removeLocked(ticket, id)
			if m.local != nil {
				late = append(late, expired{ticket, m})
			}
		}
	}
	return late
}

// member returns the socket's membership at the ticket, nil when there is none.
func (b *board) member(s *socket, ticket int64) *member {
	b.mu.Lock()
	defer b.mu.Unlock()
	return s.at[ticket]
}

// crowded returns the ticket that the socket must leave before it may come to
// one more, 0 when it need not.
func (b *board) crowded(s *socket) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(s.at) < maxAt {
		return 0
	}
	var oldest int64
	for ticket, m := range s.at {
		if oldest == 0 || m.until.Before(s.at[oldest].until) {
			oldest = ticket
		}
	}
	return oldest
}

// tickets returns where the socket is.
func (b *board) tickets(s *socket) []int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []int64
	for ticket := range s.at {
		all = append(all, ticket)
	}
	return all
}
