package api

import (
	"context"
	"net/http"
	"time"

	"replydesk/app/auth"
	"replydesk/app/jobs"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// maxDeadTasks is how many dead tasks one list shows.
const maxDeadTasks = 200

// DeadWork is what needs looking after. Tasks are told to who may retry them.
type DeadWork struct {
	Replies  []DeadReply   `json:"replies" doc:"failed, or of unknown delivery"`
	Payloads []DeadPayload `json:"payloads" doc:"messages that could not be read"`
	Tasks    []DeadTask    `json:"tasks" doc:"work that failed for good"`
}

// DeadReply is a reply that did not get through.
type DeadReply struct {
	Reply  ReplyItem `json:"reply"`
	Ticket TicketRef `json:"ticket"`
}

// TicketRef names a ticket.
type TicketRef struct {
	ID      ID     `json:"id"`
	Number  string `json:"number"`
	Subject string `json:"subject"`
	Account Ref    `json:"account"`
}

// DeadPayload is a message as it arrived that nobody could read.
type DeadPayload struct {
	ID         ID        `json:"id"`
	Account    Ref       `json:"account"`
	ReceivedAt time.Time `json:"received_at"`
	Error      string    `json:"error"`
}

// DeadTask is background work that failed for good.
type DeadTask struct {
	ID        ID        `json:"id"`
	Kind      string    `json:"kind"`
	Key       string    `json:"key"`
	Attempts  int       `json:"attempts"`
	LastError string    `json:"last_error"`
	At        time.Time `json:"at"`
}

func (s *Server) operationRoutes() {
	route(s, s.operation(http.MethodGet, "/operations/dead", "listDeadWork", "What needs looking after"), s.deadWork)
	command(s, s.operation(http.MethodPost, "/operations/payloads/{id}/replay", "replayPayload", "Read an unreadable message again"),
		func(ctx context.Context, who auth.Principal, in *ByID) error {
			return s.deps.Intake.Replay(ctx, who.Actor(), in.ID.number())
		})
	command(s, s.operation(http.MethodPost, "/operations/tasks/{id}/retry", "retryTask", "Run a dead task again"),
		func(ctx context.Context, who auth.Principal, in *ByID) error {
			if err := who.Actor().Require(desk.ManageDeadWork); err != nil {
				return err
			}
			return s.deps.Tasks.Retry(ctx, in.ID.number())
		})
}

func (s *Server) deadWork(ctx context.Context, who auth.Principal, _ *nothing) (DeadWork, error) {
	actor := who.Actor()
	trouble, err := s.deps.Inbox.Trouble(ctx, actor)
	if err != nil {
		return DeadWork{}, err
	}
	people := make([]int64, 0, 2*len(trouble.Replies))
	for _, r := range trouble.Replies {
		people = append(people, r.Reply.AuthorID, r.Reply.ReviewerID)
	}
	names, err := s.names(ctx, people)
	if err != nil {
		return DeadWork{}, err
	}
	accounts, err := s.accountNames(ctx, actor)
	if err != nil {
		return DeadWork{}, err
	}
	var tasks []jobs.Dead
	if actor.Can(desk.ManageDeadWork) {
		if tasks, err = s.deps.Tasks.Dead(ctx, maxDeadTasks); err != nil {
			return DeadWork{}, err
		}
	}
	reader := s.reader(who)
	return DeadWork{
		Replies: each(trouble.Replies, func(r inbox.TroubledReply) DeadReply {
			return DeadReply{Reply: replyItem(r.Reply, nil, names), Ticket: ticketRef(reader, r.Ticket)}
		}),
		Payloads: each(trouble.Payloads, func(p inbox.Payload) DeadPayload {
			account := Ref{ID: idOf(p.AccountID), Name: accounts[p.AccountID]}
			return DeadPayload{ID: idOf(p.ID), Account: account, ReceivedAt: utc(p.ReceivedAt), Error: p.Error}
		}),
		Tasks: each(tasks, func(t jobs.Dead) DeadTask {
			return DeadTask{ID: idOf(t.ID), Kind: t.Kind, Key: t.Key, Attempts: t.Attempts, LastError: t.LastError, At: utc(t.At)}
		}),
	}, nil
}

func ticketRef(r reader, t inbox.TicketRow) TicketRef {
	return TicketRef{
		ID: idOf(t.ID), Number: t.Number, Subject: r.words(t.AssigneeID, t.Subject), Account: Ref{ID: idOf(t.AccountID), Name: t.AccountName},
	}
}

// maxNames is how many names are looked up at once.
const maxNames = 500

// names looks up users' names by id, each once.
func (s *Server) names(ctx context.Context, ids []int64) (map[int64]string, error) {
	names := make(map[int64]string, len(ids))
	var wanted []int64
	for _, id := range ids {
		if _, seen := names[id]; id != 0 && !seen {
			names[id] = ""
			wanted = append(wanted, id)
		}
	}
	for len(wanted) > 0 {
		n := min(len(wanted), maxNames)
		found, err := s.deps.Auth.Names(ctx, wanted[:n])
		if err != nil {
			return nil, err
		}
		for id, name := range found {
			names[id] = name
		}
		wanted = wanted[n:]
	}
	return names, nil
}
