package notice

import (
	"slices"
	"strings"
)

// Topic is what a person switches on or off: one row of the settings page.
type Topic string

// The topics.
const (
	ClockWarned Topic = "clock_warned"
	ClockMissed Topic = "clock_missed"
	Assigned    Topic = "assigned"
	Escalated   Topic = "escalated"
	Supervised  Topic = "supervised"
	Approval    Topic = "approval"
	Rejected    Topic = "rejected"
	Undelivered Topic = "undelivered"
	Mentioned   Topic = "mentioned"
	Woken       Topic = "woken"
	UrgentWord  Topic = "urgent_word"
	Spike       Topic = "spike"
	Accounts    Topic = "accounts"
	Operations  Topic = "operations"
	Library     Topic = "library"
	Reports     Topic = "reports"
	BadMark     Topic = "bad_mark"
)

// Role says who of the people an event concerns is told.
type Role string

// The roles. Where nobody has one, the next in fallback is told instead.
const (
	Assignee       Role = "assignee"
	Supervisor     Role = "supervisor"
	Department     Role = "department"      // of the event: whose turn it is by its roster, else all its liaisons
	DepartmentHead Role = "department_head" // its heads
	Duty           Role = "duty"            // of the desk, by the roster
	Author         Role = "author"          // of the reply
	Approver       Role = "approver"        // who may approve it, but not its author
	Named          Role = "named"           // whom the event's data names: user_id, mentions, departments
	Operator       Role = "operator"        // who looks after dead work
	Administrator  Role = "administrator"
	Publisher      Role = "publisher" // of standard answers
	Taker          Role = "taker"     // to whom the event gives the ticket, if to anybody
	Snoozer        Role = "snoozer"   // who had put the ticket off
)

// fallback says who is told instead of a role that nobody has.
var fallback = map[Role]Role{
	Assignee: Duty, Duty: Supervisor, Author: Assignee, Snoozer: Assignee, Department: Supervisor, DepartmentHead: Department, Supervisor: Administrator,
}

// Rule says what becomes of one event. Everything an event needs is one row of
// rules, its words here and in the screens' locales (a test compares them).
type Rule struct {
	Event string
	Topic Topic
	// To are the roles to tell when the event's data names no roles itself.
	To []Role
	// Urgent notices pass quiet hours and digests.
	Urgent bool
	// When are values the event's data must have, as "level=urgent"; "" always.
	When string
	// Link is the page it leads to; "{…}" is a fact, {ticket_id} the ticket.
	Link string
	// Facts are the fields of the event's data that a notice keeps. Never words
	// of a citizen: a contact may be erased later.
	Facts []string
	// Zh and En are the title; "{…}" is a fact.
	Zh, En string
}

const ticketPage = "/inbox/{ticket_id}"

// escalationFact names the escalation a notice is about, to which its link leads
// a liaison.
const escalationFact = "escalation_id"

var escalationFacts = []string{escalationFact}

// rules is the whole table. Events that a desk never records do nothing.
var rules = []Rule{
	{Event: "clock.warned", Topic: ClockWarned, To: []Role{Assignee}, Link: ticketPage, Facts: []string{"name", "percent", "due_at", escalationFact},
		Zh: "时限预警：时间已过 {percent}%", En: "Deadline near: {percent}% of the time is gone"},
	{Event: "clock.missed", Topic: ClockMissed, To: []Role{Assignee, Supervisor}, Link: ticketPage, Facts: []string{"name", "due_at", escalationFact},
		Zh: "已超时", En: "Deadline missed"},
	{Event: "ticket.assigned", Topic: Assigned, To: []Role{Taker}, Link: ticketPage,
		Zh: "工单分派给您", En: "A ticket was assigned to you"},
	{Event: "escalation.dispatched", Topic: Escalated, To: []Role{Department}, Link: ticketPage, Facts: escalationFacts,
		Zh: "新转办工单，请签收", En: "A ticket was dispatched to your department"},
	{Event: "escalation.return_asked", Topic: Escalated, To: []Role{Assignee}, Link: ticketPage,
		Zh: "承办单位申请退回", En: "The department wants to return a ticket"},
	{Event: "escalation.returned", Topic: Escalated, To: []Role{Department}, Link: ticketPage, Facts: escalationFacts,
		Zh: "退回已同意", En: "The return was agreed to"},
	{Event: "escalation.return_refused", Topic: Escalated, To: []Role{Department}, Link: ticketPage, Facts: escalationFacts,
		Zh: "退回未同意，请继续办理", En: "The return was refused: please go on"},
	{Event: "escalation.withdrawn", Topic: Escalated, To: []Role{Department}, Link: ticketPage, Facts: escalationFacts,
		Zh: "转办已收回", En: "A ticket was taken back"},
	{Event: "escalation.restored", Topic: Escalated, To: []Role{Department}, Link: ticketPage, Facts: escalationFacts,
		Zh: "转办已恢复，请继续办理", En: "A ticket is back with your department"},
	{Event: "escalation.urged", Topic: Supervised, To: []Role{Department}, Link: ticketPage, Facts: escalationFacts,
		Zh: "催办", En: "You are asked to hurry"},
	{Event: "escalation.reworked", Topic: Escalated, To: []Role{Department}, Link: ticketPage, Facts: escalationFacts,
		Zh: "答复被退回重办", En: "The answer was sent back to be done again"},
	{Event: "escalation.answered", Topic: Escalated, To: []Role{Assignee}, Link: ticketPage,
		Zh: "承办单位已答复", En: "The department has answered"},
	{Event: "escalation.extension_asked", Topic: Escalated, To: []Role{Assignee, Supervisor}, Link: ticketPage,
		Zh: "承办单位申请延期", En: "The department asks for more time"},
	{Event: "escalation.extension_granted", Topic: Escalated, To: []Role{Department}, Link: ticketPage, Facts: escalationFacts,
		Zh: "延期申请已批准", En: "More time was granted"},
	{Event: "escalation.extension_refused", Topic: Escalated, To: []Role{Department}, Link: ticketPage, Facts: escalationFacts,
		Zh: "延期申请未批准", En: "More time was refused"},
	{Event: "escalation.supervised", Topic: Supervised, To: []Role{Department, DepartmentHead}, Link: ticketPage, Facts: escalationFacts,
		Zh: "督办", En: "Supervision"},
	{Event: "reply.submitted", Topic: Approval, To: []Role{Approver}, Link: ticketPage,
		Zh: "答复待审核", En: "A reply waits for approval"},
	{Event: "reply.rejected", Topic: Rejected, To: []Role{Author}, Link: ticketPage,
		Zh: "答复被驳回", En: "A reply was sent back"},
	{Event: "delivery.failed", Topic: Undelivered, To: []Role{Author}, Link: ticketPage,
		Zh: "答复发送失败", En: "A reply could not be sent"},
	{Event: "delivery.unknown", Topic: Undelivered, To: []Role{Author}, Link: ticketPage,
		Zh: "答复是否送达不明，请核实", En: "It is not known whether a reply arrived"},
	{Event: "note.added", Topic: Mentioned, To: []Role{Named}, Link: ticketPage,
		Zh: "备注中提到了您", En: "You were mentioned in a note"},
	{Event: "ticket.woken", Topic: Woken, To: []Role{Snoozer}, Link: ticketPage, Facts: []string{"why"},
		Zh: "稍后处理的工单回来了", En: "A snoozed ticket is back"},
	{Event: "rating.bad", Topic: BadMark, To: []Role{Supervisor, Assignee}, Link: "/follow-ups", Facts: []string{"mark"},
		Zh: "市民评价为 {mark} 分，请回访", En: "A citizen gave {mark} of 5: please follow it up"},
	{Event: "word.found", Topic: UrgentWord, To: []Role{Duty}, Urgent: true, When: "level=urgent", Link: ticketPage,
		Zh: "紧急词告警", En: "Urgent words in a message"},
	{Event: "alert.opened", Topic: Spike, To: []Role{Duty, Supervisor}, Urgent: true, Link: "/inbox", Facts: []string{"count"},
		Zh: "短时间内出现大量相似消息", En: "Many similar messages in a short time"},
	{Event: "account.alerted", Topic: Accounts, To: []Role{Administrator}, Link: "/accounts",
		Zh: "平台账号告警", En: "The platform warns about an account"},
	{Event: "payload.died", Topic: Operations, To: []Role{Operator}, Link: "/operations",
		Zh: "有消息无法解析", En: "A message could not be read"},
	{Event: "task.died", Topic: Operations, To: []Role{Operator}, Link: "/operations",
		Zh: "后台任务失败", En: "A background task failed for good"},
	{Event: "entry.expiring", Topic: Library, To: []Role{Publisher, Named}, Link: "/library/{entry_id}",
		Facts: []string{"entry_id", "code", "days", "valid_to"},
		Zh:    "知识条目 {code} 还有 {days} 天到期", En: "Entry {code} ends in {days} days"},
	{Event: "entry.submitted", Topic: Approval, To: []Role{Publisher}, Link: "/library/{entry_id}", Facts: []string{"entry_id"},
		Zh: "知识条目待审核", En: "An entry waits for approval"},
	{Event: "report.ready", Topic: Reports, To: []Role{Named}, Link: "/reports",
		Zh: "报表已生成", En: "A report is ready"},
}

// Rules returns the table.
func Rules() []Rule { return slices.Clone(rules) }

// Events are the names of the events that may concern somebody.
func Events() []string {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.Event
	}
	return names
}

// ruleOf returns the rule of an event with this data.
func ruleOf(event string, d data) (Rule, bool) {
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.Event == event })
	if i < 0 {
		return Rule{}, false
	}
	name, value, _ := strings.Cut(rules[i].When, "=")
	return rules[i], name == "" || d.text(name) == value
}

// fill puts facts into the places of a text.
func fill(text string, facts map[string]string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	pairs := make([]string, 0, 2*len(facts))
	for name, value := range facts {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
