package api

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"replydesk/app/auth"
	"replydesk/faq/sheet"
	"replydesk/inbox"
)

// EscalationFilter chooses escalations.
type EscalationFilter struct {
	DepartmentID ID     `query:"department_id" doc:"and those below it"`
	Overdue      bool   `query:"overdue" doc:"the department's deadline has passed"`
	DueWithin    int    `query:"due_within" minimum:"0" maximum:"8784" doc:"the department's deadline passes within so many hours from now"`
	Supervised   bool   `query:"supervised"`
	Mine         bool   `query:"mine" doc:"dispatched by me, or of a ticket I have"`
	Query        string `query:"q" maxLength:"100" doc:"words that all stand in number, subject, remark or answer"`
}

func (f EscalationFilter) of(who auth.Principal, view string) inbox.EscalationFilter {
	return inbox.EscalationFilter{
		Actor: who.Actor(), View: inbox.EscalationView(view), DepartmentID: f.DepartmentID.number(), Overdue: f.Overdue,
		DueWithin: time.Duration(f.DueWithin) * time.Hour, Supervised: f.Supervised, Mine: f.Mine, Words: f.Query,
	}
}

// EscalationCounts are how many escalations a filter finds, by who has the next
// step; each counts up to 100.
type EscalationCounts struct {
	Desk     int `json:"desk" doc:"answered, or something asked for: the desk's turn"`
	Unsigned int `json:"unsigned"`
	Working  int `json:"working" doc:"signed, without an answer"`
	Overdue  int `json:"overdue" doc:"the department's deadline has passed"`
}

type (
	escalationsInput struct {
		Paging
		EscalationFilter
		View string `query:"view" enum:"todo,desk,pending,done,all,unsigned,working,open,over" default:"pending" doc:"todo: the department's turn; desk: the desk's; pending: no answer yet; done: answered or over; unsigned, working: by the department's next step; open: not over"`
	}
	escalationCountsInput struct{ EscalationFilter }
	escalationsOutInput   struct {
		EscalationFilter
		View   string `query:"view" enum:"desk,unsigned,working,open,over,all" default:"open"`
		Format string `query:"format" enum:"csv,xlsx" default:"csv"`
	}
	urgeManyInput struct {
		Body struct {
			IDs  []ID   `json:"ids" maxItems:"500" nullable:"false"`
			Text string `json:"text,omitempty" doc:"for each department"`
		}
	}
)

// escalationLists are the ways to many escalations at once.
func (s *Server) escalationLists() {
	in := s.deps.Inbox
	route(s, s.operation(http.MethodGet, "/escalations", "listEscalations", "What departments have: what must happen first comes first, what is over newest first"),
		func(ctx context.Context, who auth.Principal, input *escalationsInput) (List[Escalation], error) {
			f := input.of(who, input.View)
			f.Limit, f.Cursor = input.Limit, input.Cursor
			page, err := in.Escalations(ctx, f)
			list := listOf(page.Items, func(e inbox.EscalationRow) Escalation { return escalationOf(s.reader(who), e, true) })
			list.NextCursor = page.Next
			return list, err
		})
	route(s, s.operation(http.MethodGet, "/escalations/counts", "countEscalations", "How many escalations there are, by who has the next step"),
		func(ctx context.Context, who auth.Principal, input *escalationCountsInput) (EscalationCounts, error) {
			c, err := in.EscalationCounts(ctx, input.of(who, ""))
			return EscalationCounts(c), err
		})
	out := s.fileOperation(operationArgs{http.MethodGet, "/escalations/export", "exportEscalations", "Up to 10,000 escalations as a file"})
	huma.Register(s.huma, out, func(ctx context.Context, input *escalationsOutInput) (*exportAnswer, error) {
		answer, err := s.escalationsOut(ctx, principalOf(ctx), input)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return answer, nil
	})
	route(s, s.operation(http.MethodPost, "/escalations/urge", "urgeEscalations", "Remind the departments of up to 500 escalations, each by its own rules"), s.urgeMany)
}

func (s *Server) urgeMany(ctx context.Context, who auth.Principal, in *urgeManyInput) (ManyResult, error) {
	ids := each(in.Body.IDs, func(id ID) inbox.EscalationID { return inbox.EscalationID(id.number()) })
	outcomes, err := s.deps.Inbox.UrgeMany(ctx, who.Actor(), ids, in.Body.Text)
	out := ManyResult{Items: []ManyItem{}}
	for _, o := range outcomes {
		out.add(ctx, s, idOf(o.ID), o.Err)
	}
	return out, err
}

func (s *Server) escalationsOut(ctx context.Context, who auth.Principal, in *escalationsOutInput) (*exportAnswer, error) {
	rows, err := s.deps.Inbox.EscalationsOut(ctx, in.of(who, in.View))
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if err := sheet.WriteTable(sheet.Format(in.Format), &file, "转办", s.escalationTable(s.reader(who), rows)); err != nil {
		return nil, err
	}
	return s.handOut(ctx, takenOut{
		object: "escalations", name: "escalations-" + s.now().Format("20060102"), format: in.Format, file: file.Bytes(),
		data: map[string]any{"rows": len(rows), "view": in.View, "department_id": in.DepartmentID},
	})
}

// escalationStates are the words of the states in a file.
var escalationStates = map[inbox.EscalationState]string{
	inbox.Dispatched: "待签收", inbox.Signed: "办理中", inbox.Answered: "待采用", inbox.Returning: "申请退回",
	inbox.Returned: "已退回", inbox.Withdrawn: "已撤回", inbox.Accepted: "已采用",
}

// escalationTable is a list of escalations for a spreadsheet, veiled as on the
// screen.
func (s *Server) escalationTable(r reader, rows []inbox.EscalationRow) [][]any {
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(s.deps.Inbox.Zone()).Format("2006-01-02 15:04")
	}
	yes := map[bool]string{true: "是"}
	out := [][]any{{
		"工单号", "账号", "诉求", "承办单位", "主办/协办", "状态", "转办时间", "转办人", "转办意见", "下一步期限", "是否超时", "签收时间", "办理期限",
		"申请延期至", "延期理由", "退回理由", "催办次数", "督办要求", "答复时间", "答复", "结束时间", "结束原因",
	}}
	for _, e := range rows {
		part, state := "协办", escalationStates[e.State]
		if e.Lead {
			part = "主办"
		}
		if e.State == inbox.Signed && e.Extension == inbox.AskedOpen {
			state = "申请延期"
		}
		due, until := time.Time{}, time.Time{}
		if e.State.Pending() {
			due = e.QueueAt
		}
		if e.Extension != "" {
			until = e.ExtensionUntil
		}
		out = append(out, []any{
			e.Ticket.Number, e.Ticket.AccountName, r.words(e.Ticket.AssigneeID, e.Ticket.Subject), e.DepartmentName, part, state,
			at(e.At), e.Names[e.By], e.Remark, at(due), yes[!due.IsZero() && due.Before(s.now())], at(e.SignedAt), at(e.DueAt),
			at(until), e.ExtensionReason, e.ReturnReason, strconv.Itoa(e.Urged), e.Supervised, at(e.AnsweredAt), e.Answer, at(e.EndedAt), e.EndReason,
		})
	}
	return out
}
