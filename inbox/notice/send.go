package notice

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"replydesk/inbox/desk"
)

// TaskSend delivers what waits for one target; its key names the target and,
// when it waits for a later minute, that minute.
const TaskSend = "notice.send"

// SendState is where a send stands.
type SendState string

// The states of a send.
const (
	Waiting SendState = "waiting"
	Sending SendState = "sending" // claimed
	Sent    SendState = "sent"
	Failed  SendState = "failed" // given up; Error says why
)

// Valid reports whether s is a state.
func (s SendState) Valid() bool { return s == Waiting || s == Sending || s == Sent || s == Failed }

// Send is one notice on its way to one person by one medium outside the desk.
type Send struct {
	ID        int64
	NoticeID  int64
	UserID    int64
	Medium    Medium
	SenderID  int64
	Urgent    bool
	State     SendState
	Attempts  int
	NotBefore time.Time
	Error     string // of the last attempt; never a secret
	CreatedAt time.Time
}

// Target is what one task delivers to: a person's mailbox or a robot's group.
type Target struct {
	Medium   Medium
	SenderID int64
	UserID   int64 // of Mail; a robot's messages go to the group
}

// Target is where the send goes.
func (s Send) Target() Target {
	t := Target{Medium: s.Medium, SenderID: s.SenderID}
	if s.Medium == Mail {
		t.UserID = s.UserID
	}
	return t
}

// task is the work for what waits until at.
func (t Target) task(at, now time.Time) desk.Task {
	task := desk.Task{Kind: TaskSend, Key: fmt.Sprintf("%s/%d/%d", t.Medium, t.SenderID, t.UserID), RunAt: at}
	if at.After(now) {
		// A task that waits for the morning must not hold up what is urgent now:
		// it is another task. All that wait for the same minute share one.
		task.Key += "@" + strconv.FormatInt(at.Unix()/60, 10)
	}
	return task
}

// targetOf reads a task's key.
func targetOf(key string) (Target, error) {
	name, _, _ := strings.Cut(key, "@")
	parts := strings.Split(name, "/")
	if len(parts) != 3 {
		return Target{}, desk.Errorf(desk.Invalid, "task %s: no target %q", TaskSend, key)
	}
	sender, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return Target{}, desk.Errorf(desk.Invalid, "task %s: no target %q", TaskSend, key)
	}
	user, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return Target{}, desk.Errorf(desk.Invalid, "task %s: no target %q", TaskSend, key)
	}
	return Target{Medium: Medium(parts[0]), SenderID: sender, UserID: user}, nil
}

// Parcel is a claimed send with what it tells and whom it is for.
type Parcel struct {
	Send
	Item Item
	To   Recipient
	Lang Lang
	Own  string // path of the person's own link; "": that of the notice
	Gone bool   // the person may no longer sign in
}

// Limits of one message.
const (
	// maxClaim is how many sends one turn of a task takes.
	maxClaim = 50
	// maxApart is how many events a robot tells one by one before it gathers
	// them: a group is not to be flooded, and the platforms count messages.
	maxApart = 3
)

// bundle puts parcels of one target together so that each bundle becomes one
// message: what a robot tells of the same event to several people is one, what
// is urgent stands alone, and the rest of a mailbox, or of a group when there is
// much, is one digest. The order is that of the parcels.
func bundle(parcels []Parcel, m Medium) [][]Parcel {
	var out [][]Parcel
	var rest []Parcel
	at := map[int64]int{} // event → bundle
	for _, p := range parcels {
		i, known := at[p.Item.EventID]
		switch {
		case m == Mail && !p.Urgent:
			rest = append(rest, p)
		case m == Mail, !known:
			at[p.Item.EventID] = len(out)
			out = append(out, []Parcel{p})
		default:
			out[i] = append(out[i], p)
		}
	}
	if m == Robot {
		out, rest = gather(out)
	}
	if len(rest) > 0 {
		out = append(out, rest)
	}
	return out
}

// gather leaves urgent bundles, and others when there are few; the rest is one.
func gather(bundles [][]Parcel) (apart [][]Parcel, rest []Parcel) {
	calm := 0
	for _, b := range bundles {
		if !b[0].Urgent {
			calm++
		}
	}
	if calm <= maxApart {
		return bundles, nil
	}
	for _, b := range bundles {
		if b[0].Urgent {
			apart = append(apart, b)
		} else {
			rest = append(rest, b...)
		}
	}
	return apart, rest
}

// compose is the message of a bundle.
func (w writer) compose(b []Parcel) Message {
	var items []Item
	var to []Recipient
	seen, called := map[int64]bool{}, map[int64]bool{}
	for _, p := range b {
		if !seen[p.Item.EventID] {
			seen[p.Item.EventID] = true
			items = append(items, p.Item)
		}
		if p.Own != "" {
			of := slices.IndexFunc(items, func(i Item) bool { return i.EventID == p.Item.EventID })
			items[of].own = append(items[of].own, ownLink{p.To.Name, p.Own})
		}
		if !called[p.UserID] {
			called[p.UserID] = true
			to = append(to, p.To)
		}
	}
	message := w.one(items[0])
	if len(items) > 1 {
		message = w.digest(items)
	}
	message.To = to
	return message
}
