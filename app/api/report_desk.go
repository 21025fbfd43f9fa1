package api

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"replydesk/app/auth"
	"replydesk/faq/sheet"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// DeskReports has the figures of the desk; *inbox.Reports is one.
type DeskReports interface {
	Report(ctx context.Context, f inbox.ReportFilter) (inbox.Report, error)
	Overdue(ctx context.Context, f inbox.OverdueFilter) (desk.Page[inbox.TicketRow], int, error)
	Board(ctx context.Context, actor desk.Actor) (inbox.Board, error)
	Departments(ctx context.Context, f inbox.DepartmentFilter) (inbox.DepartmentReport, error)
	Hotspots(ctx context.Context, actor desk.Actor, within time.Duration, account int64) ([]inbox.Hotspot, error)
	Hotspot(ctx context.Context, f inbox.HotspotFilter) (inbox.HotspotPage, error)
}

// DeskFigures are the figures of a range of days. What each means is told by the
// report's definitions; a share without a whole and a time of no answer are null.
type DeskFigures struct {
	Received         int               `json:"received"`
	Answered         int               `json:"answered"`
	Closed           int               `json:"closed"`
	Needed           int               `json:"needed" doc:"received and in need of an answer: the whole of reply_rate"`
	Replied          int               `json:"replied" doc:"of those, the ones with an answer"`
	ReplyRate        Nullable[float64] `json:"reply_rate"`
	OnTime           int               `json:"on_time" doc:"received, with settled deadlines, none of them missed"`
	Late             int               `json:"late" doc:"received, with a missed deadline"`
	OnTimeRate       Nullable[float64] `json:"on_time_rate"`
	FirstReplyMedian Nullable[float64] `json:"first_reply_median" doc:"seconds"`
	FirstReplyP90    Nullable[float64] `json:"first_reply_p90" doc:"seconds"`
	Bot              int               `json:"bot" doc:"answered by the bot first"`
	BotShare         Nullable[float64] `json:"bot_share"`
	Rated            int               `json:"rated"`
	Marks            []int             `json:"marks" doc:"how often each mark was given, 1 to 5"`
	MeanMark         Nullable[float64] `json:"mean_mark"`
	SatisfiedRate    Nullable[float64] `json:"satisfied_rate" doc:"of 4 and 5"`
	DissatisfiedRate Nullable[float64] `json:"dissatisfied_rate" doc:"of 1 and 2"`
}

// DeskDay is the figures of one day.
type DeskDay struct {
	Day string `json:"day" format:"date"`
	DeskFigures
}

// DeskCompared is the figures of the range and of the one before.
type DeskCompared struct {
	Now    DeskFigures `json:"now"`
	Before DeskFigures `json:"before"`
}

// DeskRow is what is under one key of the dimension.
type DeskRow struct {
	Key  string `json:"key" doc:"an id, a kind, a category, an hour (00 to 23) of the desk, or none"`
	Name string `json:"name" doc:"of an account, a department or a person"`
	DeskCompared
}

// DeskRange is a range of days, both included.
type DeskRange struct {
	From string `json:"from" format:"date"`
	To   string `json:"to" format:"date"`
}

// BothWords is a text in both languages of the screens.
type BothWords struct {
	Chinese string `json:"zh"`
	English string `json:"en"`
}

// FigureDefinition is what a figure means.
type FigureDefinition struct {
	Figure string    `json:"figure" enum:"received,answered,closed,reply_rate,on_time_rate,first_reply_median,first_reply_p90,bot_share,rated,mean_mark,satisfied_rate,dissatisfied_rate,overdue,dispatched,signed,signed_on_time_rate,sign_median,sign_p90,given_answer,answer_on_time_rate,answer_median,answer_p90,returned,withdrawn,extended,reworked,urged,supervised,open,open_overdue,department_sum"`
	Title  BothWords `json:"title"`
	Text   BothWords `json:"text"`
}

// DeskReport is what came in over some days and how it was dealt with, beside the
// range before, on the accounts who asks may see.
type DeskReport struct {
	Range       DeskRange          `json:"range"`
	Earlier     DeskRange          `json:"earlier" doc:"what it is compared with: of whole months as many months before, otherwise as many days"`
	By          string             `json:"by" enum:"account,kind,department,person,category,hour,day"`
	Total       DeskCompared       `json:"total"`
	Days        []DeskDay          `json:"days" doc:"each day, oldest first"`
	EarlierDays []DeskDay          `json:"earlier_days"`
	Rows        []DeskRow          `json:"rows" doc:"most received first; hours in their order; none by day"`
	Counted     float64            `json:"counted" doc:"the share of all tickets that is in the figures; below 1 only while they are counted anew"`
	Definitions []FigureDefinition `json:"definitions"`
}

// OverdueTickets are those that wait and whose deadline has passed.
type OverdueTickets struct {
	Count int `json:"count"`
	List[Ticket]
}

type (
	deskReportInput struct {
		Days
		AccountID ID     `query:"account_id"`
		By        string `query:"by" enum:"account,kind,department,person,category,hour,day" default:"account"`
		Key       string `query:"key" maxLength:"100" doc:"narrows the figures and the days to one row"`
		Format    string `query:"format" enum:"json,csv,xlsx" default:"json"`
	}
	overdueInput struct {
		Paging
		AccountID ID `query:"account_id"`
	}
)

func (s *Server) deskReportRoutes() {
	out := s.tableOperation(operationArgs{http.MethodGet, "/reports/desk", "reportDesk", "What came in and how it was dealt with, beside the range before"},
		schemaFor[DeskReport](s.huma.OpenAPI().Components.Schemas))
	huma.Register(s.huma, out, func(ctx context.Context, in *deskReportInput) (*exportAnswer, error) {
		answer, err := s.deskReport(ctx, principalOf(ctx), in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return answer, nil
	})
	route(s, s.operation(http.MethodGet, "/reports/desk/overdue", "reportOverdue", "Tickets that are overdue now, the most urgent first"), s.overdue)
}

// noKey is the key of what is under none: no department, nobody, no category.
const noKey = "none"

func (s *Server) deskReport(ctx context.Context, who auth.Principal, in *deskReportInput) (*exportAnswer, error) {
	f := inbox.ReportFilter{
		Actor: who.Actor(), From: in.From, To: in.To, Days: in.Days.Days, AccountID: in.AccountID.number(), By: inbox.Dimension(in.By),
	}
	if in.Key != "" {
		key := storedKey(f.By, in.Key)
		f.Key = &key
	}
	r, err := s.deps.Desk.Report(ctx, f)
	if err != nil {
		return nil, err
	}
	if in.Format != "csv" && in.Format != "xlsx" {
		body, err := json.Marshal(deskReportOf(r))
		return &exportAnswer{ContentType: "application/json", Body: body}, err
	}
	var file bytes.Buffer
	if err := sheet.WriteTable(sheet.Format(in.Format), &file, "报表", deskTable(r)); err != nil {
		return nil, err
	}
	return s.handOut(ctx, takenOut{
		object: "report:desk", name: "desk-" + r.Range.From + "-" + r.Range.To, format: in.Format, file: file.Bytes(),
		data: map[string]any{"from": r.Range.From, "to": r.Range.To, "by": in.By, "account_id": in.AccountID},
	})
}

// storedKey is a key as the roll-ups have it, shownKey the reverse.
func storedKey(by inbox.Dimension, key string) string {
	switch {
	case key != noKey:
		return key
	case by == inbox.PerCategory:
		return ""
	default:
		return "0"
	}
}

func shownKey(key string) string {
	if key == "" || key == "0" {
		return noKey
	}
	return key
}

func (s *Server) overdue(ctx context.Context, who auth.Principal, in *overdueInput) (OverdueTickets, error) {
	page, n, err := s.deps.Desk.Overdue(ctx, inbox.OverdueFilter{
		Actor: who.Actor(), AccountID: in.AccountID.number(), Limit: in.Limit, Cursor: in.Cursor,
	})
	if err != nil {
		return OverdueTickets{}, err
	}
	r := s.reader(who)
	list := listOf(page.Items, func(t inbox.TicketRow) Ticket { return ticketOf(r, t) })
	list.NextCursor = page.Next
	return OverdueTickets{Count: n, List: list}, nil
}

func deskReportOf(r inbox.Report) DeskReport {
	day := func(d inbox.DaySums) DeskDay { return DeskDay{d.Day, deskFiguresOf(d.Sums)} }
	return DeskReport{
		Range: DeskRange(r.Range), Earlier: DeskRange(r.Earlier), By: string(r.By), Total: comparedOf(r.Total),
		Days: each(r.Days, day), EarlierDays: each(r.EarlierDays, day),
		Rows: each(r.Rows, func(row inbox.ReportRow) DeskRow {
			return DeskRow{shownKey(row.Key), row.Name, comparedOf(row.Compared)}
		}),
		Counted: r.Counted, Definitions: definitionsOf(inbox.Definitions()),
	}
}

func definitionsOf(all []inbox.Definition) []FigureDefinition {
	return each(all, func(d inbox.Definition) FigureDefinition {
		return FigureDefinition{d.Figure, BothWords(d.Title), BothWords(d.Text)}
	})
}

func comparedOf(c inbox.Compared) DeskCompared {
	return DeskCompared{deskFiguresOf(c.Now), deskFiguresOf(c.Before)}
}

func deskFiguresOf(s inbox.Sums) DeskFigures {
	return DeskFigures{
		Received: s.Received, Answered: s.Answered, Closed: s.Closed, Needed: s.Needed, Replied: s.Replied, ReplyRate: shareOf(s.ReplyRate()),
		OnTime: s.OnTime, Late: s.Late, OnTimeRate: shareOf(s.OnTimeRate()),
		FirstReplyMedian: secondsOf(s.Waits.Quantile(0.5)), FirstReplyP90: secondsOf(s.Waits.Quantile(0.9)),
		Bot: s.Bot, BotShare: shareOf(s.BotShare()),
		Rated: s.Rated(), Marks: s.Marks[:], MeanMark: shareOf(s.MeanMark()), SatisfiedRate: shareOf(s.SatisfiedRate()), DissatisfiedRate: shareOf(s.DissatisfiedRate()),
	}
}

// shareOf is a share in ten thousandths.
func shareOf(share float64, some bool) (out Nullable[float64]) {
	if some {
		share = math.Round(share*1e4) / 1e4
		out.value = &share
	}
	return out
}

func secondsOf(d time.Duration, some bool) (out Nullable[float64]) {
	if some {
		seconds := d.Seconds()
		out.value = &seconds
	}
	return out
}

// keyWords are what a file says for keys that have no name of their own.
var keyWords = map[inbox.Dimension]map[string]string{
	inbox.PerKind:       {"private": "私信", "comment": "评论"},
	inbox.PerDepartment: {noKey: "未转办"},
	inbox.PerPerson:     {noKey: "未分配"},
	inbox.PerCategory:   {noKey: "未分类"},
}

// dimensionWords head the column of the keys.
var dimensionWords = map[inbox.Dimension]string{
	inbox.PerAccount: "账号", inbox.PerKind: "类型", inbox.PerDepartment: "承办单位", inbox.PerPerson: "受理人",
	inbox.PerCategory: "类别", inbox.PerHour: "时段", inbox.PerDay: "日期",
}

// deskColumns are the columns of a file, twice each but for days: of the range
// and of the one before.
var deskColumns = []struct {
	name  string
	value func(f DeskFigures) any
}{
	{"收到", func(f DeskFigures) any { return f.Received }},
	{"已答复", func(f DeskFigures) any { return f.Answered }},
	{"办结", func(f DeskFigures) any { return f.Closed }},
	{"答复率", func(f DeskFigures) any { return cell(f.ReplyRate, 1) }},
	{"按时办结率", func(f DeskFigures) any { return cell(f.OnTimeRate, 1) }},
	{"首次答复时长（中位数，分钟）", func(f DeskFigures) any { return cell(f.FirstReplyMedian, 60) }},
	{"首次答复时长（九成，分钟）", func(f DeskFigures) any { return cell(f.FirstReplyP90, 60) }},
	{"机器人答复占比", func(f DeskFigures) any { return cell(f.BotShare, 1) }},
	{"评价数", func(f DeskFigures) any { return f.Rated }},
	{"平均分", func(f DeskFigures) any { return cell(f.MeanMark, 1) }},
	{"满意率", func(f DeskFigures) any { return cell(f.SatisfiedRate, 1) }},
	{"不满意率", func(f DeskFigures) any { return cell(f.DissatisfiedRate, 1) }},
}

// cell is a figure in a file; one that is not there leaves its cell empty.
func cell(n Nullable[float64], unit float64) any {
	if n.value == nil {
		return ""
	}
	return math.Round(*n.value/unit*1e4) / 1e4
}

// deskTable is the report as a table: a row for each key or day, their sum, and
// what the figures mean.
func deskTable(r inbox.Report) [][]any {
	head := []any{dimensionWords[r.By]}
	for _, c := range deskColumns {
		if head = append(head, c.name); r.By != inbox.PerDay {
			head = append(head, "上期"+c.name)
		}
	}
	for _, m := range inbox.Marks() {
		head = append(head, m.Words().Chinese)
	}
	line := func(name string, c inbox.Compared) []any {
		now, before := deskFiguresOf(c.Now), deskFiguresOf(c.Before)
		row := []any{name}
		for _, c := range deskColumns {
			if row = append(row, c.value(now)); r.By != inbox.PerDay {
				row = append(row, c.value(before))
			}
		}
		for _, m := range inbox.Marks() {
			row = append(row, now.Marks[m-1])
		}
		return row
	}
	out := [][]any{head}
	if r.By == inbox.PerDay {
		for _, d := range r.Days {
			out = append(out, line(d.Day, inbox.Compared{Now: d.Sums}))
		}
	}
	for _, row := range r.Rows {
		out = append(out, line(rowName(r.By, row), row.Compared))
	}
	out = append(out, line("合计", r.Total), []any{""},
		[]any{"统计期间", r.Range.From + " 至 " + r.Range.To}, []any{"上期", r.Earlier.From + " 至 " + r.Earlier.To})
	for _, d := range inbox.Definitions() {
		if d.Figure != inbox.FigureOverdue {
			out = append(out, []any{d.Title.Chinese, d.Text.Chinese})
		}
	}
	return out
}

func rowName(by inbox.Dimension, row inbox.ReportRow) string {
	key := shownKey(row.Key)
	if word := keyWords[by][key]; word != "" {
		return word
	}
	if by == inbox.PerHour {
		return strings.TrimSpace(key + " 时")
	}
	if row.Name != "" {
		return row.Name
	}
	return key
}
