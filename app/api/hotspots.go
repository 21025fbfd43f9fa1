package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"replydesk/app/auth"
	"replydesk/bot"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// Hotspot is a tag, or the post that comments stand under, with many tickets.
type Hotspot struct {
	Key     string        `json:"key" doc:"tag:<the tag> or post:<its id>"`
	Kind    string        `json:"kind" enum:"tag,post"`
	Title   string        `json:"title" doc:"the tag, or the title of the post"`
	Account Nullable[Ref] `json:"account" doc:"of a post"`
	Tickets int           `json:"tickets"`
	Before  int           `json:"before" doc:"in as long a time before"`
	LastAt  time.Time     `json:"last_at,omitzero" doc:"when its newest ticket came in"`
}

// HotspotPoint is an hour or a day of a hotspot.
type HotspotPoint struct {
	At       time.Time `json:"at" doc:"when it begins"`
	Received int       `json:"received"`
	Answered int       `json:"answered" doc:"first answered then"`
}

// HotspotAccount is how many of the tickets came in on an account, by kind.
type HotspotAccount struct {
	Account Ref    `json:"account"`
	Kind    string `json:"kind" enum:"private,comment"`
	Tickets int    `json:"tickets"`
	Open    int    `json:"open" doc:"not closed or ignored"`
}

// HotspotDepartment is how many of the tickets a department leads.
type HotspotDepartment struct {
	Department Ref `json:"department"`
	Tickets    int `json:"tickets"`
	Open       int `json:"open" doc:"not closed or ignored"`
}

// HotspotPage is all that is told of a hotspot, of the accounts who asks may see.
type HotspotPage struct {
	Hotspot
	URL           string              `json:"url" doc:"of a post"`
	BeganAt       time.Time           `json:"began_at" doc:"when its first ticket came in"`
	From          time.Time           `json:"from"`
	To            time.Time           `json:"to"`
	Unit          string              `json:"unit" enum:"hour,day" doc:"of the points"`
	Points        []HotspotPoint      `json:"points"`
	Answered      int                 `json:"answered" doc:"of tickets, by now"`
	Open          int                 `json:"open" doc:"of tickets, not closed or ignored by now"`
	Waiting       int                 `json:"waiting" doc:"of tickets, now"`
	Overdue       int                 `json:"overdue" doc:"of those that wait"`
	Marks         []int               `json:"marks" doc:"how often each mark was given, 1 to 5"`
	Rated         int                 `json:"rated"`
	MeanMark      Nullable[float64]   `json:"mean_mark"`
	SatisfiedRate Nullable[float64]   `json:"satisfied_rate" doc:"of 4 and 5"`
	Accounts      []HotspotAccount    `json:"accounts" doc:"most tickets first"`
	Departments   []HotspotDepartment `json:"departments" doc:"most tickets first"`
	Topics        []Topic             `json:"topics" doc:"what the newest 2,000 ask: count in their newer half, before in the older one, the fastest growing first"`
	Alerts        []Alert             `json:"alerts" doc:"open ones with tickets of it"`
	Newest        []Ticket            `json:"newest"`
}

type (
	hotspotsInput struct {
		Within    string `query:"within" enum:"24h,7d" default:"24h"`
		AccountID ID     `query:"account_id"`
	}
	hotspotInput struct {
		Key       string `query:"key" required:"true" minLength:"5" maxLength:"100" doc:"tag:<the tag> or post:<its id>"`
		AccountID ID     `query:"account_id"`
		From      string `query:"from" maxLength:"10" doc:"YYYY-MM-DD; its first ticket when left out"`
		To        string `query:"to" maxLength:"10" doc:"YYYY-MM-DD, included; now when left out"`
	}
)

// hotspotTimes are how far back the list of hotspots looks.
var hotspotTimes = map[string]time.Duration{"24h": 24 * time.Hour, "7d": 7 * 24 * time.Hour}

func (s *Server) hotspotRoutes() {
	route(s, s.operation(http.MethodGet, "/reports/hotspots", "listHotspots", "Tags and posts with the most tickets now, beside as long a time before"),
		func(ctx context.Context, who auth.Principal, in *hotspotsInput) (List[Hotspot], error) {
			found, err := s.deps.Desk.Hotspots(ctx, who.Actor(), hotspotTimes[in.Within], in.AccountID.number())
			return List[Hotspot]{Items: each(found, hotspotOf)}, err
		})
	route(s, s.operation(http.MethodGet, "/reports/hotspot", "getHotspot", "All of one tag or post: volume, what waits, who has it, what is asked"), s.hotspot)
}

func hotspotOf(h inbox.Hotspot) Hotspot {
	out := Hotspot{Key: string(h.Key), Kind: "tag", Title: h.Title, Tickets: h.Tickets, Before: h.Before, LastAt: utc(h.LastAt)}
	if _, ok := h.Key.Post(); ok {
		out.Kind = "post"
	}
	if h.AccountID != 0 {
		out.Account = some(Ref{idOf(h.AccountID), h.Account})
	}
	return out
}

func (s *Server) hotspot(ctx context.Context, who auth.Principal, in *hotspotInput) (HotspotPage, error) {
	actor := who.Actor()
	p, err := s.deps.Desk.Hotspot(ctx, inbox.HotspotFilter{Actor: actor, Key: inbox.HotspotKey(in.Key), AccountID: in.AccountID.number(), From: in.From, To: in.To})
	if err != nil {
		return HotspotPage{}, err
	}
	r, marks := s.reader(who), inbox.Sums{Marks: p.Marks}
	out := HotspotPage{
		Hotspot: hotspotOf(p.Hotspot), URL: p.URL, BeganAt: utc(p.BeganAt), From: utc(p.From), To: utc(p.To), Unit: "day",
		Points:   each(p.Points, func(p inbox.HotspotPoint) HotspotPoint { return HotspotPoint{utc(p.At), p.Received, p.Answered} }),
		Answered: p.Answered, Open: p.Received - p.Ended, Waiting: p.Waiting, Overdue: p.Overdue,
		Marks: p.Marks[:], Rated: marks.Rated(), MeanMark: shareOf(marks.MeanMark()), SatisfiedRate: shareOf(marks.SatisfiedRate()),
		Accounts: each(p.ByAccount, func(s inbox.HotspotShare) HotspotAccount {
			return HotspotAccount{Ref{idOf(s.ID), s.Name}, s.Kind, s.Tickets, s.Waiting}
		}),
		Departments: each(p.ByDepartment, func(s inbox.HotspotShare) HotspotDepartment {
			return HotspotDepartment{Ref{idOf(s.ID), s.Name}, s.Tickets, s.Waiting}
		}),
		Newest: each(p.Newest, func(t inbox.TicketRow) Ticket { return ticketOf(r, t) }),
	}
	if p.ByHour {
		out.Unit = "hour"
	}
	topics, err := s.deps.Reports.TopicsOf(ctx, actor, p.Sample)
	if err != nil {
		return out, err
	}
	all := 0
	for _, t := range topics {
		all += t.Now
	}
	out.Topics = each(topics, func(t bot.TopicCount) Topic { return topicOf(t, all) })
	out.Alerts = []Alert{}
	for _, id := range p.Alerts {
		a, _, err := s.deps.Inbox.Alert(ctx, actor, id)
		if desk.CodeOf(err) == desk.NotFound {
			continue // closed meanwhile, or none of its tickets is theirs
		}
		if err != nil {
			return out, err
		}
		out.Alerts = append(out.Alerts, alertOf(r, a))
	}
	return out, nil
}

// hotspotsAmong are the hotspots of some tickets, those of most first.
func hotspotsAmong(tickets []inbox.TicketRow) []Hotspot {
	found := map[inbox.HotspotKey]*inbox.Hotspot{}
	for _, t := range tickets {
		for _, key := range inbox.HotspotsOf(t.Tags, t.PostID).All() {
			h := found[key]
			if h == nil {
				h = &inbox.Hotspot{Key: key}
				if h.Title, _ = key.Tag(); h.Title == "" && t.Post != nil {
					h.Title, h.AccountID, h.Account = t.Post.Title, t.AccountID, t.AccountName
				}
				found[key] = h
			}
			h.Tickets++
			if t.CreatedAt.After(h.LastAt) {
				h.LastAt = t.CreatedAt
			}
		}
	}
	out := []Hotspot{}
	for _, h := range found {
		out = append(out, hotspotOf(*h))
	}
	slices.SortFunc(out, func(a, b Hotspot) int { return cmp.Or(cmp.Compare(b.Tickets, a.Tickets), cmp.Compare(a.Key, b.Key)) })
	return out[:min(len(out), 5)]
}
