package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"replydesk/app/auth"
	"replydesk/faq/sheet"
	"replydesk/inbox"
)

// EscalationFigures are what departments were given over some days, and how that
// stands by now. What each means is told by the report's definitions; a share
// without a whole and a time of nothing are null.
type EscalationFigures struct {
	Dispatched       int               `json:"dispatched"`
	Signed           int               `json:"signed"`
	SignedOnTime     int               `json:"signed_on_time"`
	SignedLate       int               `json:"signed_late"`
	SignedOnTimeRate Nullable[float64] `json:"signed_on_time_rate"`
	SignMedian       Nullable[float64] `json:"sign_median" doc:"seconds"`
	SignP90          Nullable[float64] `json:"sign_p90" doc:"seconds"`
	GivenAnswer      int               `json:"given_answer"`
	AnswerOnTime     int               `json:"answer_on_time"`
	AnswerLate       int               `json:"answer_late"`
	AnswerOnTimeRate Nullable[float64] `json:"answer_on_time_rate"`
	AnswerMedian     Nullable[float64] `json:"answer_median" doc:"seconds"`
	AnswerP90        Nullable[float64] `json:"answer_p90" doc:"seconds"`
	Returned         int               `json:"returned"`
	Withdrawn        int               `json:"withdrawn"`
	Extended         int               `json:"extended"`
	Reworked         int               `json:"reworked"`
	Urged            int               `json:"urged"`
	Supervised       int               `json:"supervised"`
}

// DepartmentFigures are those of one department, or of all.
type DepartmentFigures struct {
	Now     EscalationFigures `json:"now"`
	Before  EscalationFigures `json:"before"`
	Open    int               `json:"open" doc:"not answered now, whatever the range"`
	Overdue int               `json:"overdue" doc:"of those, past the running deadline"`
}

// DepartmentLine is one department of the report.
type DepartmentLine struct {
	Department Ref          `json:"department"`
	ParentID   Nullable[ID] `json:"parent_id"`
	Depth      int          `json:"depth" doc:"how many of the lines above it it belongs to"`
	DepartmentFigures
}

// DepartmentReport is what departments were given over some days and how they
// dealt with it, beside the range before, of the accounts who asks may see.
type DepartmentReport struct {
	Range       DeskRange          `json:"range"`
	Earlier     DeskRange          `json:"earlier"`
	Total       DepartmentFigures  `json:"total" doc:"each escalation once"`
	Rows        []DepartmentLine   `json:"rows" doc:"those of one department below it, otherwise the most dispatched first"`
	Counted     float64            `json:"counted" doc:"the share of all tickets that is in the figures"`
	Definitions []FigureDefinition `json:"definitions"`
}

type departmentReportInput struct {
	Days
	AccountID ID     `query:"account_id"`
	Part      string `query:"part" enum:"lead,co" doc:"only what they lead, or only what they help with"`
	Own       bool   `query:"own" doc:"each department alone, without those under it"`
	Format    string `query:"format" enum:"json,csv,xlsx" default:"json"`
}

func (s *Server) departmentReportRoutes() {
	out := s.tableOperation(operationArgs{http.MethodGet, "/reports/departments", "reportDepartments", "What departments were given and how they dealt with it, by their own deadlines"},
		schemaFor[DepartmentReport](s.huma.OpenAPI().Components.Schemas))
	huma.Register(s.huma, out, func(ctx context.Context, in *departmentReportInput) (*exportAnswer, error) {
		answer, err := s.departmentReport(ctx, principalOf(ctx), in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return answer, nil
	})
}

func (s *Server) departmentReport(ctx context.Context, who auth.Principal, in *departmentReportInput) (*exportAnswer, error) {
	r, err := s.deps.Desk.Departments(ctx, inbox.DepartmentFilter{
		Actor: who.Actor(), From: in.From, To: in.To, Days: in.Days.Days, AccountID: in.AccountID.number(), Part: inbox.Part(in.Part), Own: in.Own,
	})
	if err != nil {
		return nil, err
	}
	if in.Format != "csv" && in.Format != "xlsx" {
		body, err := json.Marshal(departmentReportOf(r))
		return &exportAnswer{ContentType: "application/json", Body: body}, err
	}
	var file bytes.Buffer
	if err := sheet.WriteTable(sheet.Format(in.Format), &file, "承办单位", departmentTable(r, in)); err != nil {
		return nil, err
	}
	return s.handOut(ctx, takenOut{
		object: "report:departments", name: "departments-" + r.Range.From + "-" + r.Range.To, format: in.Format, file: file.Bytes(),
		data: map[string]any{"from": r.Range.From, "to": r.Range.To, "part": in.Part, "own": in.Own, "account_id": in.AccountID},
	})
}

func departmentReportOf(r inbox.DepartmentReport) DepartmentReport {
	return DepartmentReport{
		Range: DeskRange(r.Range), Earlier: DeskRange(r.Earlier), Total: departmentFiguresOf(r.Total), Counted: r.Counted,
		Rows: each(r.Rows, func(d inbox.DepartmentSums) DepartmentLine {
			line := DepartmentLine{Department: Ref{idOf(d.ID), d.Name}, Depth: d.Depth, DepartmentFigures: departmentFiguresOf(d)}
			if d.ParentID != 0 {
				line.ParentID = some(idOf(d.ParentID))
			}
			return line
		}),
		Definitions: definitionsOf(inbox.EscalationDefinitions()),
	}
}

func departmentFiguresOf(d inbox.DepartmentSums) DepartmentFigures {
	return DepartmentFigures{escalationFiguresOf(d.Now), escalationFiguresOf(d.Before), d.Open, d.Overdue}
}

func escalationFiguresOf(s inbox.EscalationSums) EscalationFigures {
	return EscalationFigures{
		Dispatched: s.Dispatched, Signed: s.Signed, SignedOnTime: s.SignedOnTime, SignedLate: s.SignedLate, SignedOnTimeRate: shareOf(s.SignedOnTimeRate()),
		SignMedian: secondsOf(s.SignWaits.Quantile(0.5)), SignP90: secondsOf(s.SignWaits.Quantile(0.9)),
		GivenAnswer: s.Answered, AnswerOnTime: s.OnTime, AnswerLate: s.Late, AnswerOnTimeRate: shareOf(s.OnTimeRate()),
		AnswerMedian: secondsOf(s.AnswerWaits.Quantile(0.5)), AnswerP90: secondsOf(s.AnswerWaits.Quantile(0.9)),
		Returned: s.Returned, Withdrawn: s.Withdrawn, Extended: s.Extended, Reworked: s.Reworked, Urged: s.Urged, Supervised: s.Supervised,
	}
}

// departmentColumns are the columns of a file, twice each: of the range and of
// the one before.
var departmentColumns = []struct {
	name  string
	value func(f EscalationFigures) any
}{
	{"转办", func(f EscalationFigures) any { return f.Dispatched }},
	{"签收", func(f EscalationFigures) any { return f.Signed }},
	{"按时签收率", func(f EscalationFigures) any { return cell(f.SignedOnTimeRate, 1) }},
	{"签收时长（中位数，分钟）", func(f EscalationFigures) any { return cell(f.SignMedian, 60) }},
	{"签收时长（九成，分钟）", func(f EscalationFigures) any { return cell(f.SignP90, 60) }},
	{"已答复", func(f EscalationFigures) any { return f.GivenAnswer }},
	{"按时办结率", func(f EscalationFigures) any { return cell(f.AnswerOnTimeRate, 1) }},
	{"办理时长（中位数，分钟）", func(f EscalationFigures) any { return cell(f.AnswerMedian, 60) }},
	{"办理时长（九成，分钟）", func(f EscalationFigures) any { return cell(f.AnswerP90, 60) }},
	{"退回", func(f EscalationFigures) any { return f.Returned }},
	{"撤回", func(f EscalationFigures) any { return f.Withdrawn }},
	{"延期", func(f EscalationFigures) any { return f.Extended }},
	{"退回重办", func(f EscalationFigures) any { return f.Reworked }},
	{"催办", func(f EscalationFigures) any { return f.Urged }},
	{"督办", func(f EscalationFigures) any { return f.Supervised }},
}

// departmentTable is the report as a table: a row for each department, set in
// below the one it belongs to, their sum, and what the figures mean.
func departmentTable(r inbox.DepartmentReport, in *departmentReportInput) [][]any {
	head := []any{"承办单位"}
	for _, c := range departmentColumns {
		head = append(head, c.name, "上期"+c.name)
	}
	line := func(name string, d inbox.DepartmentSums) []any {
		row := []any{name}
		now, before := escalationFiguresOf(d.Now), escalationFiguresOf(d.Before)
		for _, c := range departmentColumns {
			row = append(row, c.value(now), c.value(before))
		}
		return append(row, d.Open, d.Overdue)
	}
	out := [][]any{append(head, "现在在办", "现在在办超时")}
	for _, d := range r.Rows {
		out = append(out, line(strings.Repeat("　", d.Depth)+d.Name, d))
	}
	part := map[string]string{"": "主办和协办", "lead": "主办", "co": "协办"}[in.Part]
	out = append(out, line("合计", r.Total), []any{""},
		[]any{"统计期间", r.Range.From + " 至 " + r.Range.To}, []any{"上期", r.Earlier.From + " 至 " + r.Earlier.To}, []any{"范围", part})
	for _, d := range inbox.EscalationDefinitions() {
		if d.Figure != inbox.FigureDepartmentSum || !in.Own {
			out = append(out, []any{d.Title.Chinese, d.Text.Chinese})
		}
	}
	return out
}
