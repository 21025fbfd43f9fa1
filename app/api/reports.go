package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"replydesk/app/auth"
	"replydesk/bot"
	"replydesk/faq"
	"replydesk/faq/sheet"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// Reports has the figures of the bot and of the library; *bot.Reports is one.
type Reports interface {
	Report(ctx context.Context, actor desk.Actor, span bot.Span, account int64) (bot.Report, error)
	EntryUses(ctx context.Context, actor desk.Actor, span bot.Span, ids []faq.EntryID) (bot.Span, []bot.Uses, error)
	EntryTotals(ctx context.Context, actor desk.Actor, ids []faq.EntryID) ([]bot.Uses, error)
	Topics(ctx context.Context, actor desk.Actor, span bot.Span, account int64) (bot.Topics, error)
	TopicsOf(ctx context.Context, actor desk.Actor, tickets []inbox.TicketID) ([]bot.TopicCount, error)
}

// BotCounts are what the bot did. A vote or a correction belongs to the day of
// its answer.
type BotCounts struct {
	Asked       int `json:"asked" doc:"what citizens wrote or clicked and the bot looked at, without the numbers of menus and votes"`
	Answered    int `json:"answered" doc:"standard answers given: sure, chosen and clicked"`
	Sure        int `json:"sure" doc:"answered at once"`
	Chosen      int `json:"chosen" doc:"answered after the citizen chose from a menu"`
	Clicked     int `json:"clicked" doc:"answered on a click in the account's menu"`
	Undelivered int `json:"undelivered" doc:"answers the platform did not take, or that were withdrawn before they left"`
	Menus       int `json:"menus"`
	HandedOver  int `json:"handed_over"`
	Silent      int `json:"silent" doc:"left to a person who was at it already"`
	Helpful     int `json:"helpful" doc:"answers with a helpful vote"`
	Unhelpful   int `json:"unhelpful" doc:"answers with an unhelpful vote"`
	Corrected   int `json:"corrected" doc:"answers without a vote, where the next answer in the same ticket is one a person sent"`
	Right       int `json:"right" doc:"answered, less unhelpful and corrected"`
}

// BotDay is what the bot did on one day of the desk.
type BotDay struct {
	Day string `json:"day" format:"date"`
	BotCounts
}

// BotAccount is what the bot did on one account.
type BotAccount struct {
	Account Ref `json:"account"`
	BotCounts
}

// BotReason is how often the bot handed over, or was silent, for a reason.
type BotReason struct {
	Action string `json:"action" enum:"hand_over,silent"`
	Reason string `json:"reason"`
	Count  int    `json:"count"`
}

// BotEntry is how the bot's answers from one entry fared.
type BotEntry struct {
	Entry     Ref `json:"entry"`
	Answered  int `json:"answered"`
	Unhelpful int `json:"unhelpful"`
	Corrected int `json:"corrected"`
}

// BotReport is how the bot fared over some days, on the accounts who asks may see.
type BotReport struct {
	From     string       `json:"from" format:"date"`
	To       string       `json:"to" format:"date"`
	Total    BotCounts    `json:"total"`
	Days     []BotDay     `json:"days" doc:"each day, oldest first"`
	Accounts []BotAccount `json:"accounts" doc:"those where something was asked, most first"`
	Reasons  []BotReason  `json:"reasons" doc:"most frequent first"`
	Entries  []BotEntry   `json:"entries" doc:"the ten whose answers were not right most often"`
}

// EntryUses is how an entry was used: replies that reached a citizen.
type EntryUses struct {
	Bot       int       `json:"bot"`
	AsIs      int       `json:"as_is" doc:"by staff, the answer unchanged"`
	Edited    int       `json:"edited" doc:"by staff, the answer changed"`
	Helpful   int       `json:"helpful" doc:"votes on the bot's answers"`
	Unhelpful int       `json:"unhelpful"`
	LastUsed  time.Time `json:"last_used,omitzero"`
}

// EntryFigures is how an entry was used over some days and in all, on the accounts
// who asks may see, and who last let its text out.
type EntryFigures struct {
	From   string           `json:"from" format:"date"`
	To     string           `json:"to" format:"date"`
	Span   EntryUses        `json:"span"`
	Total  EntryUses        `json:"total"`
	Review Nullable[Review] `json:"review" doc:"the newest published revision; null: never published"`
}

// Review is when a revision was published and by whom.
type Review struct {
	Revision int64         `json:"revision"`
	At       time.Time     `json:"at"`
	Author   Nullable[Ref] `json:"author" doc:"who wrote it; null: the desk itself"`
	Reviewer Nullable[Ref] `json:"reviewer" doc:"who approved it; null: nobody had to"`
}

// Days is a choice of days of the desk.
type Days struct {
	From string `query:"from" maxLength:"10" doc:"YYYY-MM-DD"`
	To   string `query:"to" maxLength:"10" doc:"YYYY-MM-DD, included; today when left out"`
	Days int    `query:"days" minimum:"1" maximum:"366" doc:"how many days up to the last one, without from; 30 when left out"`
}

func (d Days) span() bot.Span {
	return bot.Span{From: faq.Day(d.From), To: faq.Day(d.To), Days: d.Days}
}

type (
	botReportInput struct {
		Days
		AccountID ID     `query:"account_id"`
		Format    string `query:"format" enum:"json,csv,xlsx" default:"json"`
	}
	entryFiguresInput struct {
		ByID
		Days
	}
)

func (s *Server) reportRoutes() {
	out := s.tableOperation(operationArgs{http.MethodGet, "/reports/bot", "reportBot", "How the bot fared: questions, answers, votes, corrections, hand-overs"},
		schemaFor[BotReport](s.huma.OpenAPI().Components.Schemas))
	huma.Register(s.huma, out, func(ctx context.Context, in *botReportInput) (*exportAnswer, error) {
		answer, err := s.botReport(ctx, principalOf(ctx), in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return answer, nil
	})
	route(s, s.operation(http.MethodGet, "/faq/entries/{id}/figures", "entryFigures", "How an entry was used, and who last let it out"), s.entryFigures)
}

func (s *Server) botReport(ctx context.Context, who auth.Principal, in *botReportInput) (*exportAnswer, error) {
	r, err := s.deps.Reports.Report(ctx, who.Actor(), in.span(), in.AccountID.number())
	if err != nil {
		return nil, err
	}
	if in.Format != "csv" && in.Format != "xlsx" {
		body, err := json.Marshal(botReportOf(r))
		return &exportAnswer{ContentType: "application/json", Body: body}, err
	}
	var file bytes.Buffer
	if err := sheet.WriteTable(sheet.Format(in.Format), &file, "机器人答复", botTable(r.Rows)); err != nil {
		return nil, err
	}
	return s.handOut(ctx, takenOut{
		object: "report:bot", name: "bot-" + string(r.From) + "-" + string(r.To), format: in.Format, file: file.Bytes(),
		data: map[string]any{"from": r.From, "to": r.To, "account_id": in.AccountID},
	})
}

func botCountsOf(c bot.Counts) BotCounts {
	return BotCounts{
		Asked: c.Asked, Answered: c.Answered, Sure: c.Sure, Chosen: c.Chosen, Clicked: c.Clicked, Undelivered: c.Undelivered,
		Menus: c.Menus, HandedOver: c.HandedOver, Silent: c.Silent, Helpful: c.Helpful, Unhelpful: c.Unhelpful, Corrected: c.Corrected,
		Right: c.Right(),
	}
}

func botReportOf(r bot.Report) BotReport {
	return BotReport{
		From: string(r.From), To: string(r.To), Total: botCountsOf(r.Total),
		Days: each(r.Days, func(d bot.DayCounts) BotDay { return BotDay{string(d.Day), botCountsOf(d.Counts)} }),
		Accounts: each(r.Accounts, func(a bot.AccountCounts) BotAccount {
			return BotAccount{Ref{idOf(a.AccountID), a.Account}, botCountsOf(a.Counts)}
		}),
		Reasons: each(r.Reasons, func(c bot.ReasonCount) BotReason { return BotReason{string(c.Action), string(c.Reason), c.Count} }),
		Entries: each(r.Wrong, func(e bot.EntryCount) BotEntry {
			return BotEntry{Ref{idOf(e.EntryID), e.Question}, e.Answered, e.Unhelpful, e.Corrected}
		}),
	}
}

// botTable is the report for a spreadsheet, which sums up by itself.
func botTable(rows []bot.AccountDay) [][]any {
	out := [][]any{{
		"日期", "账号", "提问", "机器人答复", "直接答复", "选择后答复", "点菜单答复", "未送达", "给出选项", "转人工", "留给人工", "有帮助", "没帮助", "人工改答", "答对",
	}}
	for _, r := range rows {
		out = append(out, []any{
			string(r.Day), r.Account, r.Asked, r.Answered, r.Sure, r.Chosen, r.Clicked, r.Undelivered, r.Menus, r.HandedOver, r.Silent,
			r.Helpful, r.Unhelpful, r.Corrected, r.Right(),
		})
	}
	return out
}

func entryUsesOf(u bot.Uses) EntryUses {
	return EntryUses{Bot: u.Bot, AsIs: u.AsIs, Edited: u.Edited, Helpful: u.Helpful, Unhelpful: u.Unhelpful, LastUsed: utc(u.LastUsed)}
}

func (s *Server) entryFigures(ctx context.Context, who auth.Principal, in *entryFiguresInput) (EntryFigures, error) {
	id := faq.EntryID(in.ID.number())
	revisions, err := s.deps.Library.Revisions(ctx, who.Actor(), id)
	if err != nil {
		return EntryFigures{}, err
	}
	span, uses, err := s.deps.Reports.EntryUses(ctx, who.Actor(), in.span(), []faq.EntryID{id})
	if err != nil {
		return EntryFigures{}, err
	}
	totals, err := s.deps.Reports.EntryTotals(ctx, who.Actor(), []faq.EntryID{id})
	if err != nil {
		return EntryFigures{}, err
	}
	out := EntryFigures{From: string(span.From), To: string(span.To), Span: entryUsesOf(uses[0]), Total: entryUsesOf(totals[0])}
	for _, r := range revisions { // newest first
		if r.State != faq.Published {
			continue
		}
		names, err := s.names(ctx, []int64{r.AuthorID, r.ReviewerID})
		if err != nil {
			return out, err
		}
		shown := revisionOf(r, names)
		out.Review = some(Review{Revision: r.Revision, At: shown.At, Author: shown.By, Reviewer: shown.Reviewer})
		break
	}
	return out, nil
}

// withUses puts the uses of some days beside entries. Without days nothing is
// asked for.
func (s *Server) withUses(ctx context.Context, actor desk.Actor, days Days, entries []Entry) error {
	if days == (Days{}) || len(entries) == 0 || !actor.Can(desk.EditLibrary) {
		return nil
	}
	ids := make([]faq.EntryID, len(entries))
	for i, e := range entries {
		ids[i] = faq.EntryID(e.ID.number())
	}
	_, uses, err := s.deps.Reports.EntryUses(ctx, actor, days.span(), ids)
	for i, u := range uses {
		entries[i].Figures = some(entryUsesOf(u))
	}
	return err
}
