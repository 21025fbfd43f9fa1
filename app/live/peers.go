package live

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"replydesk/inbox/desk"
)

// peerChannel carries between nodes what is not an event.
const peerChannel = "live.peers"

// peerHint is one such message; exactly one of the last three is set.
type peerHint struct {
	Node     string        `json:"node"`
	Drop     string        `json:"drop,omitempty"`
	Refresh  int64         `json:"refresh,omitempty"`
	Presence *presenceHint `json:"presence,omitempty"`
}

// tellPeers queues a hint for the other nodes. When they cannot be reached for
// long the queue is full and the hint lost, which every hint must survive.
func (h *Hub) tellPeers(hint peerHint) {
	hint.Node = h.node
	select {
	case h.outbox <- hint:
	default:
	}
}

// talk publishes hints until ctx ends.
func (h *Hub) talk(ctx context.Context, announce <-chan struct{}) {
	for {
		channel, payload := headChannel, ""
		select {
		case <-ctx.Done():
			return
		case <-announce:
			payload = strconv.FormatInt(h.ring.top(), 10)
		case hint := <-h.outbox:
			channel, payload = peerChannel, string(encode(hint))
		}
		h.publish(ctx, channel, payload)
	}
}

func (h *Hub) publish(ctx context.Context, channel, payload string) {
	ctx, cancel := context.WithTimeout(ctx, hintTimeout)
	defer cancel()
	if err := h.options.Shared.Publish(ctx, channel, payload); err != nil && ctx.Err() == nil {
		h.options.Log.Debug("live: a hint was lost", "channel", channel, "err", err)
	}
}

// listen hands hints to hear until ctx ends or no more can come.
func listen(ctx context.Context, hints <-chan string, hear func(hint string)) {
	for {
		select {
		case <-ctx.Done():
			return
		case hint, open := <-hints:
			if !open {
				return
			}
			hear(hint)
		}
	}
}

// hearPeer acts on another node's hint.
func (h *Hub) hearPeer(text string) {
	var hint peerHint
	if err := json.Unmarshal([]byte(text), &hint); err != nil || hint.Node == h.node {
		return
	}
	switch {
	case hint.Drop != "":
		h.dropLocal(hint.Drop)
	case hint.Refresh != 0:
		h.refreshLocal(hint.Refresh)
	case hint.Presence != nil:
		h.hearPresence(*hint.Presence)
	}
}

// recheckAll asks of every session that has a socket whether it still stands.
func (h *Hub) recheckAll(ctx context.Context) {
	sessions := make(map[string][]*socket)
	for _, s := range h.matching(func(*socket) bool { return true }) {
		sessions[s.session] = append(sessions[s.session], s)
	}
	for session, sockets := range sessions {
		actor, ended, err := h.recheck(ctx, session)
		if ctx.Err() != nil {
			return
		}
		for _, s := range sockets {
			switch {
			case ended:
				s.close(CloseSession, "the session has ended")
			case err == nil && !sameRights(actor, s.actor):
				s.close(CloseSession, "the rights have changed")
			}
		}
	}
}

// recheck asks who a session belongs to. An error with ended false says nothing
// about the session: it stands until the answer is known.
func (h *Hub) recheck(ctx context.Context, session string) (actor desk.Actor, ended bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, hintTimeout)
	defer cancel()
	actor, err = h.options.Recheck(ctx, session)
	switch desk.CodeOf(err) {
	case desk.Unauthenticated, desk.Forbidden, desk.NotFound:
		return actor, true, err
	}
	return actor, false, err
}

// sameRights reports whether two states of a user may see the same.
func sameRights(a, b desk.Actor) bool {
	return a.UserID == b.UserID && a.Role == b.Role && a.DepartmentID == b.DepartmentID &&
		a.AllAccounts == b.AllAccounts && slices.Equal(a.AccountIDs, b.AccountIDs)
}
