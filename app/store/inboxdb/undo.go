package inboxdb

import (
	"context"
	"encoding/json"
	"time"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/sla"
)

// undoWas is the JSON of what an Undo keeps, times in milliseconds.
type undoWas struct {
	Became      inbox.State      `json:"became"`
	State       inbox.State      `json:"state"`
	InFront     bool             `json:"in_front,omitempty"`
	Until       int64            `json:"snoozed_until,omitempty"`
	SnoozedBy   int64            `json:"snoozed_by,omitempty"`
	Clocks      []clockWas       `json:"clocks,omitempty"`
	Escalations []escaWas        `json:"escalations,omitempty"`
	Merge       *inbox.MergeUndo `json:"merge,omitempty"`
}

type clockWas struct {
	ID     int64     `json:"id"`
	State  sla.State `json:"state"`
	Next   int64     `json:"next,omitempty"`
	Paused int64     `json:"paused,omitempty"`
	Until  int64     `json:"until,omitempty"`
	Reason string    `json:"reason,omitempty"`
}

type escaWas struct {
	ID    inbox.EscalationID    `json:"id"`
	State inbox.EscalationState `json:"state"`
}

// SaveUndo implements inbox.Tx.
func (tx *Tx) SaveUndo(ctx context.Context, u inbox.Undo) error {
	was := undoWas{Became: u.Became, State: u.State, InFront: u.InFront, Until: store.Millis(u.SnoozedUntil), SnoozedBy: u.SnoozedBy, Merge: u.Merge}
	for _, c := range u.Clocks {
		was.Clocks = append(was.Clocks, clockWas{c.ID, c.State, store.Millis(c.NextAt), store.Millis(c.Pause.At), store.Millis(c.Pause.Until), c.Pause.Reason})
	}
	for _, e := range u.Escalations {
		was.Escalations = append(was.Escalations, escaWas(e))
	}
	text, err := json.Marshal(was)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO undos (ticket_id, actor_id, did, at, event, was) VALUES ($1, $2, $3, $4, $5, $6)`+
		update("ticket_id", "ticket_id, actor_id, did, at, event, was"),
		int64(u.TicketID), u.By, u.Did, store.Millis(u.At), u.After, string(text))
	return err
}

// Undo implements inbox.Tx.
func (tx *Tx) Undo(ctx context.Context, id inbox.TicketID) (inbox.Undo, error) {
	u := inbox.Undo{TicketID: id}
	var at int64
	var text string
	err := tx.QueryRow(ctx, `SELECT actor_id, did, at, event, was FROM undos WHERE ticket_id = $1`, int64(id)).
		Scan(&u.By, &u.Did, &at, &u.After, &text)
	if err != nil {
		return u, store.Translate(err)
	}
	var was undoWas
	if err := json.Unmarshal([]byte(text), &was); err != nil {
		return u, err
	}
	u.At, u.Became, u.State, u.InFront = store.Time(at), was.Became, was.State, was.InFront
	u.SnoozedUntil, u.SnoozedBy = store.Time(was.Until), was.SnoozedBy
	u.Merge = was.Merge
	for _, c := range was.Clocks {
		u.Clocks = append(u.Clocks, inbox.StoppedClock{
			ID: c.ID, State: c.State, NextAt: store.Time(c.Next),
			Pause: sla.Pause{At: store.Time(c.Paused), Until: store.Time(c.Until), Reason: c.Reason},
		})
	}
	for _, e := range was.Escalations {
		u.Escalations = append(u.Escalations, inbox.EscalationWas(e))
	}
	return u, nil
}

// DropUndo implements inbox.Tx.
func (tx *Tx) DropUndo(ctx context.Context, id inbox.TicketID) error {
	_, err := tx.Exec(ctx, `DELETE FROM undos WHERE ticket_id = $1`, int64(id))
	return err
}

// Clock implements inbox.Tx.
func (tx *Tx) Clock(ctx context.Context, id int64) (*inbox.Clock, error) {
	c, err := scanClock(tx.QueryRow(ctx, `SELECT `+planned+` FROM clocks c WHERE c.id = $1`, id))
	if err != nil {
		return nil, store.Translate(err)
	}
	return &c, nil
}

// ReopenPause implements inbox.Tx.
func (tx *Tx) ReopenPause(ctx context.Context, clockID int64, endedAt time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE clock_pauses SET ended_at = 0 WHERE clock_id = $1 AND ended_at = $2`, clockID, store.Millis(endedAt))
	return err
}
