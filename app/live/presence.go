package live

import (
	"context"
	"encoding/json"
	"strconv"
	"time"
)

// presenceHint tells other nodes of one member; State gone takes it away.
type presenceHint struct {
	Ticket int64  `json:"ticket"`
	Member string `json:"member"`
	User   int64  `json:"user"`
	Name   string `json:"name"`
	State  string `json:"state"`
}

func (c change) frame() presenceFrame {
	return presenceFrame{
		Type:     "presence",
		TicketID: strconv.FormatInt(c.ticket, 10),
		User:     userRef{ID: strconv.FormatInt(c.user.id, 10), Name: c.user.name},
		State:    c.state,
	}
}

// presenceSet is the shared set of the members at a ticket.
func presenceSet(ticket int64) string { return "presence:" + strconv.FormatInt(ticket, 10) }

// present serves a presence frame. Who may not see the ticket is not told so:
// the answer is silence, as for a ticket that does not exist.
func (s *socket) present(frame clientFrame) (problem string) {
	ticket, err := strconv.ParseInt(frame.TicketID, 10, 64)
	if err != nil || ticket <= 0 {
		return "ticket_id is not an id"
	}
	switch frame.State {
	case Gone:
		s.hub.depart(s.quit, s, ticket)
		return ""
	case Viewing, Typing:
	default:
		return "state is viewing, typing or gone"
	}
	h := s.hub
	now := h.options.Now()
	before := h.board.member(s, ticket)
	seen := now
	// Typing changes often; the right to see the ticket is looked up again each
	// time the client repeats itself.
	if before != nil && now.Sub(before.seen) < h.options.PresenceTTL/4 {
		seen = before.seen
	} else if !s.maySee(ticket) {
		h.depart(s.quit, s, ticket)
		return ""
	}
	if before == nil {
		if oldest := h.board.crowded(s); oldest != 0 {
			h.depart(s.quit, s, oldest)
		}
	}
	h.arrive(s, ticket, frame.State, before, seen)
	return ""
}

func (s *socket) maySee(ticket int64) bool {
	ctx, cancel := context.WithTimeout(s.quit, hintTimeout)
	defer cancel()
	return s.hub.options.MaySee(ctx, s.actor, ticket)
}

// arrive puts or keeps a socket at a ticket, here and for the other nodes.
func (h *Hub) arrive(s *socket, ticket int64, state string, before *member, seen time.Time) {
	hint := presenceHint{Ticket: ticket, Member: s.id, User: s.actor.UserID, Name: s.actor.Name, State: state}
	m := &member{
		id: s.id, user: person{hint.User, hint.Name}, state: state, local: s,
		until: h.options.Now().Add(h.options.PresenceTTL), seen: seen,
		stored: string(encode(hint)),
	}
	isNew := h.board.put(ticket, m)

	ctx, cancel := context.WithTimeout(s.quit, hintTimeout)
	defer cancel()
	shared, set := h.options.Shared, presenceSet(ticket)
	err := shared.Touch(ctx, set, m.stored, h.options.PresenceTTL)
	if before != nil && before.stored != m.stored && err == nil {
		err = shared.Drop(ctx, set, before.stored)
	}
	h.tellPeers(peerHint{Presence: &hint})
	if isNew && err == nil {
		err = h.meet(ctx, ticket)
	}
	if isNew {
		h.board.greet(ticket, s)
	}
	h.lost(ctx, err)
}

// meet learns who is at the ticket on other nodes.
func (h *Hub) meet(ctx context.Context, ticket int64) error {
	members, err := h.options.Shared.Members(ctx, presenceSet(ticket))
	if err != nil {
		return err
	}
	for _, text := range members {
		var hint presenceHint
		if json.Unmarshal([]byte(text), &hint) == nil && hint.Ticket == ticket && !h.mine(hint.Member) {
			h.hearPresence(hint)
		}
	}
	return nil
}

// mine reports whether a member is a socket of this node.
func (h *Hub) mine(member string) bool {
	return len(member) > len(h.node) && member[:len(h.node)] == h.node
}

// hearPresence takes in what another node tells of one of its sockets.
func (h *Hub) hearPresence(hint presenceHint) {
	switch hint.State {
	case Gone:
		h.board.remove(hint.Ticket, hint.Member)
	case Viewing, Typing:
		h.board.put(hint.Ticket, &member{
			id: hint.Member, user: person{hint.User, hint.Name}, state: hint.State,
			until: h.options.Now().Add(h.options.PresenceTTL),
		})
	}
}

// depart takes a socket away from a ticket, here and for the other nodes.
func (h *Hub) depart(ctx context.Context, s *socket, ticket int64) {
	if m := h.board.remove(ticket, s.id); m != nil {
		h.forget(ctx, ticket, m)
	}
}

// departAll takes a closing socket away from everywhere.
func (h *Hub) departAll(s *socket) {
	defer h.rescue("presence")
	for _, ticket := range h.board.tickets(s) {
		h.depart(context.WithoutCancel(s.quit), s, ticket)
	}
}

// expirePresence takes away who was silent for too long.
func (h *Hub) expirePresence(ctx context.Context) {
	for _, late := range h.board.expire(h.options.Now()) {
		h.forget(ctx, late.ticket, late.member)
	}
}

// forget tells the other nodes that a socket of ours left.
func (h *Hub) forget(ctx context.Context, ticket int64, m *member) {
	ctx, cancel := context.WithTimeout(ctx, hintTimeout)
	defer cancel()
	h.tellPeers(peerHint{Presence: &presenceHint{Ticket: ticket, Member: m.id, User: m.user.id, Name: m.user.name, State: Gone}})
	h.lost(ctx, h.options.Shared.Drop(ctx, presenceSet(ticket), m.stored))
}

// lost notes that the shared state did not take part; presence then works
// within this node until it does.
func (h *Hub) lost(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		h.options.Log.Debug("live: presence is not shared", "err", err)
	}
}
