package inbox_test

import (
	"errors"
	"slices"
	"testing"

	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

func TestRoutingProposes(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, boss, staff, account := t.Context(), d.Supervisor(t, "主管"), d.Staff(t, "小王"), d.AddAccount(t, "市政务")
		police, water, east := d.Department(t, "公安"), d.Department(t, "水务"), d.Department(t, "东湖区")
		rule := func(name string, r inbox.RoutingRule) inbox.RoutingPolicy {
			t.Helper()
			p, err := d.Service.SaveRoutingPolicy(ctx, boss, 0, inbox.RoutingInput{Name: &name, Rule: &r})
			must(t, err)
			return p
		}
		rule("户籍", inbox.RoutingRule{Words: []string{"居住证", " 身份证 ", "居住证"}, DepartmentID: police})
		pipes := rule("停水", inbox.RoutingRule{Words: []string{"停水", "水管"}, DepartmentID: water})
		area := rule("东湖区的停水", inbox.RoutingRule{Words: []string{"东湖区"}, Category: "供水", DepartmentID: east})
		off := rule("停用的", inbox.RoutingRule{Words: []string{"停水"}, Kind: channel.Private, DepartmentID: police})
		_, err := d.Service.SaveRoutingPolicy(ctx, boss, off.ID, inbox.RoutingInput{Enabled: ptr(false)})
		must(t, err)

		propose := func(ticket inbox.TicketID) (names []string) {
			t.Helper()
			all, err := d.Service.ProposeDepartments(ctx, staff, ticket)
			must(t, err)
			for _, p := range all {
				names = append(names, p.RuleName)
			}
			return names
		}
		wet := d.NewCitizen(account).Says(t, "东 湖-区枫林苑停 水，水管也破了")
		if got := propose(wet); !slices.Equal(got, []string{"停水"}) {
			t.Errorf("without a category %v", got)
		}
		must(t, d.Service.Categorize(ctx, staff, wet, "供水"))
		if got := propose(wet); !slices.Equal(got, []string{"东湖区的停水", "停水"}) {
			t.Errorf("%v, want the rule that asks for more first", got)
		}
		card := d.NewCitizen(account).Says(t, "身*份*证丢了")
		if got := propose(card); !slices.Equal(got, []string{"户籍"}) {
			t.Errorf("%v, want the word with signs in it", got)
		}
		if got := propose(d.NewCitizen(account).Says(t, "你好")); len(got) != 0 {
			t.Errorf("%v for nothing asked", got)
		}

		// What the desk does with the proposals is counted by where the rule points now.
		give := func(ticket inbox.TicketID, rule, to int64) {
			t.Helper()
			_, err := d.Service.Dispatch(ctx, staff, ticket, inbox.Dispatch{Lead: to, Co: []int64{east}, RuleID: rule})
			must(t, err)
		}
		give(d.NewCitizen(account).Says(t, "又停水了"), pipes.ID, water)
		give(d.NewCitizen(account).Says(t, "学府街停水"), pipes.ID, police)
		give(d.NewCitizen(account).Says(t, "一直停水"), pipes.ID, police)
		give(d.NewCitizen(account).Says(t, "还是停水"), 999, water) // a rule that was deleted meanwhile
		counts := func() (offered, taken int, elsewhere int64) {
			t.Helper()
			all, err := d.Service.RoutingPolicies(ctx, boss)
			must(t, err)
			i := slices.IndexFunc(all, func(p inbox.RoutingPolicy) bool { return p.ID == pipes.ID })
			return all[i].Offered, all[i].Taken, all[i].Elsewhere
		}
		if offered, taken, elsewhere := counts(); offered != 3 || taken != 1 || elsewhere != police {
			t.Errorf("%d offered, %d taken, else to %d; want 3, 1, the police", offered, taken, elsewhere)
		}
		_, err = d.Service.SaveRoutingPolicy(ctx, boss, pipes.ID, inbox.RoutingInput{Rule: &inbox.RoutingRule{Words: []string{"停水"}, DepartmentID: police}})
		must(t, err)
		if offered, taken, elsewhere := counts(); offered != 3 || taken != 2 || elsewhere != water {
			t.Errorf("after the correction %d, %d, %d", offered, taken, elsewhere)
		}
		must(t, d.Service.DeleteRoutingPolicy(ctx, boss, area.ID))
		if got := propose(wet); !slices.Equal(got, []string{"停水"}) {
			t.Errorf("after the rule was removed %v", got)
		}
	})
}

// Of rules that ask equally much the one whose proposals are taken comes first.
func TestRoutingLearns(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, boss, staff, account := t.Context(), d.Supervisor(t, "主管"), d.Staff(t, "小王"), d.AddAccount(t, "市政务")
		a, b := d.Department(t, "甲"), d.Department(t, "乙")
		var ids []int64
		for i, to := range []int64{a, b} {
			p, err := d.Service.SaveRoutingPolicy(ctx, boss, 0, inbox.RoutingInput{Name: ptr([]string{"甲", "乙"}[i]), Rule: &inbox.RoutingRule{Words: []string{"路灯"}, DepartmentID: to}})
			must(t, err)
			ids = append(ids, p.ID)
		}
		first := func() int64 {
			t.Helper()
			all, err := d.Service.ProposeDepartments(ctx, staff, d.NewCitizen(account).Says(t, "路灯坏了"))
			must(t, err)
			if len(all) != 2 {
				t.Fatalf("%d proposals, want both", len(all))
			}
			return all[0].RuleID
		}
		if first() != ids[0] {
			t.Error("untried, the older rule comes first")
		}
		_, err := d.Service.Dispatch(ctx, staff, d.NewCitizen(account).Says(t, "路灯不亮"), inbox.Dispatch{Lead: b, RuleID: ids[0]})
		must(t, err)
		if first() != ids[1] {
			t.Error("the rule whose proposal was not taken still comes first")
		}
	})
}

func TestRoutingRefuses(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		ctx, boss, staff := t.Context(), d.Supervisor(t, "主管"), d.Staff(t, "小王")
		to := d.Department(t, "公安")
		for field, r := range map[string]inbox.RoutingRule{
			"rule.words":         {DepartmentID: to, Words: []string{" "}},
			"rule.department_id": {Words: []string{"x"}, DepartmentID: 999},
			"rule.kind":          {Kind: "fax", DepartmentID: to},
		} {
			_, err := d.Service.SaveRoutingPolicy(ctx, boss, 0, inbox.RoutingInput{Name: ptr("x"), Rule: &r})
			var told *desk.Error
			if !errors.As(err, &told) || told.Code != desk.Invalid || len(told.Fields) != 1 || told.Fields[0].Name != field {
				t.Errorf("%+v: %v, want a word about %s", r, err, field)
			}
		}
		_, err := d.Service.SaveRoutingPolicy(ctx, staff, 0, inbox.RoutingInput{Name: ptr("x"), Rule: &inbox.RoutingRule{Words: []string{"x"}, DepartmentID: to}})
		refused(t, err, desk.Forbidden, "")
		approvals, err := d.Service.SaveApprovalPolicy(ctx, boss, 0, inbox.ApprovalPolicyInput{Name: ptr("两审"), Rule: &inbox.ApprovalRule{Steps: 2}})
		must(t, err)
		refused(t, d.Service.DeleteRoutingPolicy(ctx, boss, approvals.ID), desk.NotFound, "")
		ticket := d.NewCitizen(d.AddAccount(t, "市政务")).Says(t, "x")
		_, err = d.Service.ProposeDepartments(ctx, d.Liaison(t, "联络员", to), ticket)
		refused(t, err, desk.Forbidden, "")
		_, err = d.Service.ProposeDepartments(ctx, d.Staff(t, "别处", d.AddAccount(t, "别处")), ticket)
		refused(t, err, desk.NotFound, "")
	})
}
