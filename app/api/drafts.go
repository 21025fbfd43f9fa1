package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"replydesk/app/auth"
	"replydesk/bot"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// Drafts has the use cases of a model's drafts; *bot.Drafts is one.
type Drafts interface {
	Write(ctx context.Context, actor desk.Actor, id inbox.TicketID, watch bot.Watch) (bot.Draft, inbox.Reply, error)
	Stop(ctx context.Context, actor desk.Actor, id int64) error
	Draft(ctx context.Context, actor desk.Actor, id int64) (bot.Draft, error)
	Figures(ctx context.Context, actor desk.Actor, since time.Time) ([]bot.DraftFigures, error)
}

// Draft is what a model wrote, with what it was asked.
type Draft struct {
	ID        ID                  `json:"id"`
	Model     string              `json:"model"`
	State     string              `json:"state" enum:"in_review,running,written,refused,failed,stopped"`
	Text      string              `json:"text"`
	Citations []Citation          `json:"citations"`
	Doubts    []string            `json:"doubts" doc:"parts of the text that claim what none of the grounds does; who approves it has to confirm them"`
	Masked    int                 `json:"masked" doc:"places where personal data were taken out"`
	Prompt    string              `json:"prompt" doc:"what was sent to the model"`
	Reply     Nullable[ReplyItem] `json:"reply" doc:"the reply in review that approving lets out"`
	CreatedAt time.Time           `json:"created_at"`
}

// Citation is an entry a draft rests on.
type Citation struct {
	EntryID  ID     `json:"entry_id"`
	Revision int64  `json:"revision"`
	Question string `json:"question"`
}

func draftOf(d bot.Draft) Draft {
	return Draft{
		ID: idOf(d.ID), Model: d.Model, State: string(d.State), Text: d.Text, Masked: d.Masked, Prompt: d.Prompt, CreatedAt: utc(d.CreatedAt),
		Doubts:    append([]string{}, d.Doubts...),
		Citations: each(d.Citations, func(c bot.Citation) Citation { return Citation{idOf(c.EntryID), c.Revision, c.Question} }),
	}
}

// DraftFigures are how one model's drafts fared.
type DraftFigures struct {
	Model     string `json:"model"`
	Asked     int    `json:"asked"`
	Written   int    `json:"written"`
	Refused   int    `json:"refused"`
	Failed    int    `json:"failed"`
	Stopped   int    `json:"stopped"`
	Accepted  int    `json:"accepted"`
	Edited    int    `json:"edited"`
	Rejected  int    `json:"rejected" doc:"also when somebody sent words of it afterwards"`
	Own       int    `json:"own" doc:"sent by a person after it had gone out of date"`
	Unused    int    `json:"unused"`
	Distance  int    `json:"distance" doc:"mean share of characters changed in what was edited, in percent"`
	TokensIn  int64  `json:"tokens_in"`
	TokensOut int64  `json:"tokens_out"`
	Cost      int64  `json:"cost" doc:"in hundredths of a yuan"`
}

type draftReportInput struct {
	Days int `query:"days" minimum:"1" maximum:"366" default:"30"`
}

func (s *Server) draftRoutes() {
	s.app.Post(prefix+"/tickets/:id/drafts", s.streamDraft)
	writing := created(s.operation(http.MethodPost, "/tickets/{id}/drafts", "writeDraft",
		"Have the model write an answer from the library, to be approved; streamed when text/event-stream is accepted"))
	writing.Responses["200"] = &huma.Response{
		Description: `the stream: "begun" with {"id"}, "delta" events with {"text"}, then "draft" with what 201 answers, or "problem"`,
		Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}
	route(s, writing, s.writeDraft)
	route(s, s.operation(http.MethodGet, "/drafts/{id}", "getDraft", "What the model was asked and what it wrote"),
		func(ctx context.Context, who auth.Principal, in *ByID) (Draft, error) {
			drafts, err := s.drafts()
			if err != nil {
				return Draft{}, err
			}
			d, err := drafts.Draft(ctx, who.Actor(), in.ID.number())
			return draftOf(d), err
		})
	command(s, s.operation(http.MethodPost, "/drafts/{id}/stop", "stopDraft", "Stop a draft one asked for: nothing of it waits for approval"),
		func(ctx context.Context, who auth.Principal, in *ByID) error {
			drafts, err := s.drafts()
			if err != nil {
				return err
			}
			return drafts.Stop(ctx, who.Actor(), in.ID.number())
		})
	route(s, s.operation(http.MethodGet, "/reports/drafts", "reportDrafts", "How each model's drafts fared"),
		func(ctx context.Context, who auth.Principal, in *draftReportInput) (List[DraftFigures], error) {
			drafts, err := s.drafts()
			if err != nil {
				return List[DraftFigures]{}, err
			}
			figures, err := drafts.Figures(ctx, who.Actor(), s.now().AddDate(0, 0, -in.Days))
			return List[DraftFigures]{Items: each(figures, func(f bot.DraftFigures) DraftFigures { return DraftFigures(f) })}, err
		})
}

// drafts is there when a model is set up.
func (s *Server) drafts() (Drafts, error) {
	if s.deps.Drafts == nil {
		return nil, desk.Errorf(desk.NotFound, "没有配置起草模型").WithReason("drafts_off")
	}
	return s.deps.Drafts, nil
}

// draftTimeout is longer than a request may take otherwise: a model is slow. It
// is below the time an answer has to leave.
const draftTimeout = 58 * time.Second

func (s *Server) writeDraft(ctx context.Context, who auth.Principal, in *ByID) (Draft, error) {
	return s.write(context.WithoutCancel(ctx), who, inbox.TicketID(in.ID.number()), bot.Watch{})
}

func (s *Server) write(ctx context.Context, who auth.Principal, id inbox.TicketID, watch bot.Watch) (Draft, error) {
	drafts, err := s.drafts()
	if err != nil {
		return Draft{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, draftTimeout)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)() // the server stops
	draft, reply, err := drafts.Write(ctx, who.Actor(), id, watch)
	if err != nil {
		return Draft{}, err
	}
	out := draftOf(draft)
	item, err := s.replied(ctx, who)(reply, nil)
	out.State, out.Reply = item.State, some(item)
	return out, err
}

// streamDraft sends the pieces as they come, as server-sent events: "begun" with
// the draft's {"id"}, which stops it, "delta" with {"text"}, then "draft" with
// what writeDraft answers, or "problem". Without the Accept header the plain
// operation answers.
func (s *Server) streamDraft(c *fiber.Ctx) error {
	if !strings.Contains(c.Get(fiber.HeaderAccept), "text/event-stream") {
		return c.Next()
	}
	ctx, who := context.WithoutCancel(c.UserContext()), principalOf(c.UserContext())
	id, err := c.ParamsInt("id")
	if err != nil || id < 1 {
		return desk.Errorf(desk.NotFound, "没有找到工单")
	}
	if _, err := s.drafts(); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/event-stream")
	c.Set("X-Accel-Buffering", "no") // a proxy must not hold the pieces back
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		send := func(name string, v any) {
			data, err := json.Marshal(v)
			if err == nil {
				_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, data)
			}
			if err != nil || w.Flush() != nil {
				cancel() // nobody listens any more: stop the model
			}
		}
		draft, err := s.write(ctx, who, inbox.TicketID(id), bot.Watch{
			Begun: func(id int64) { send("begun", map[string]ID{"id": idOf(id)}) },
			Piece: func(text string) { send("delta", map[string]string{"text": text}) },
		})
		if err != nil {
			send("problem", s.problem(ctx, err))
			return
		}
		send("draft", draft)
	})
	return nil
}
