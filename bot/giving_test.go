package bot_test

import (
	"testing"
	"time"

	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// What the bot answers, or may still answer, is not given to anybody: who has a
// ticket makes the bot silent. What it hands over is given at once.
func TestGivenWhenTheBotIsDone(t *testing.T) {
	each(t, func(t *testing.T, r *robot) {
		a, b := r.entry(t, "居住证", "公安局"), r.entry(t, "居住登记", "公安局")
		r.finds("居住证怎么办", scripted{a, 0.9})
		r.finds("居住", scripted{a, 0.4}, scripted{b, 0.4})
		staff := r.Staff(t, "小王")
		name, mode, always := "一组", inbox.RoundRobin, true
		_, err := r.Desk.Service.SaveTeam(t.Context(), desk.System(), 0, inbox.TeamInput{Name: &name, Mode: &mode, AnyHour: &always, MemberIDs: &[]int64{staff.UserID}})
		must(t, err)
		given := func(what string, ticket inbox.TicketID, want bool) {
			t.Helper()
			_, err := r.Desk.Service.AssignWaiting(t.Context(), r.Now())
			must(t, err)
			if got := r.Ticket(t, ticket).AssigneeID == staff.UserID; got != want {
				t.Errorf("%s: given %v, want %v", what, got, want)
			}
		}
		_, answered := r.says(t, r.NewCitizen(r.account), "居住证怎么办")
		given("answered", answered, false)
		chooser := r.NewCitizen(r.account)
		_, menu := r.says(t, chooser, "居住")
		given("a menu", menu, false)
		r.says(t, chooser, "1")
		given("chosen", menu, false)
		_, handed := r.says(t, r.NewCitizen(r.account), "天上有几颗星")
		given("handed over", handed, true)
		_, left := r.says(t, r.NewCitizen(r.account), "居住")
		given("a menu again", left, false)
		r.Pass(10 * time.Minute)
		given("a menu that nobody chose from", left, true)
		comment := r.NewCitizen(r.account).Comment("post", "", "居住证怎么办")
		given("a comment", r.Receives(t, r.account, comment), true)
		// Not helped: a person is.
		voter := r.NewCitizen(r.account)
		_, voted := r.says(t, voter, "居住证怎么办")
		r.says(t, voter, "2")
		given("voted down", voted, true)
	})
}
