package inbox_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"replydesk/inbox"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

func TestMentions(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		b, ctx, s := withBureaus(t, d), t.Context(), d.Service
		narrow := d.Staff(t, "外人", d.AddAccount(t, "别的账号"))
		gone := d.Staff(t, "离职者")
		d.DisableUser(t, gone.UserID)
		d.Dispatches(t, b.staff, b.ticket, b.police)
		bureau := "@" + d.Ticket(t, b.ticket).DepartmentName
		police := len([]rune(bureau))
		add := func(text string, mentions ...inbox.Mention) error {
			_, err := s.AddNote(ctx, b.staff, b.ticket, text, mentions...)
			return err
		}
		boss := "@" + b.boss.Name
		end := len([]rune(boss))
		unchanged(t, d, func() {
			for name, err := range map[string]error{
				"another name":           add("@别人 请看", inbox.Mention{UserID: b.boss.UserID, From: 0, To: 3}),
				"outside of the text":    add(boss, inbox.Mention{UserID: b.boss.UserID, From: 0, To: end + 1}),
				"before the text":        add(boss, inbox.Mention{UserID: b.boss.UserID, From: -1, To: end}),
				"nothing":                add(boss, inbox.Mention{UserID: b.boss.UserID, From: 2, To: 2}),
				"twice in a place":       add(boss, inbox.Mention{UserID: b.boss.UserID, From: 0, To: end}, inbox.Mention{UserID: b.boss.UserID, From: 0, To: end}),
				"nobody":                 add(boss, inbox.Mention{From: 0, To: end}),
				"two at once":            add(boss, inbox.Mention{UserID: b.boss.UserID, DepartmentID: b.police, From: 0, To: end}),
				"who does not exist":     add("@x", inbox.Mention{UserID: 99, From: 0, To: 2}),
				"who has left":           add("@离职者", inbox.Mention{UserID: gone.UserID, From: 0, To: 4}),
				"who does not see it":    add("@外人", inbox.Mention{UserID: narrow.UserID, From: 0, To: 3}),
				"a liaison of others":    add("@"+b.taxer.Name, inbox.Mention{UserID: b.taxer.UserID, From: 0, To: 6}),
				"a department of none":   add("@税务", inbox.Mention{DepartmentID: b.tax, From: 0, To: 3}),
				"more than a note takes": add(boss, slices.Repeat([]inbox.Mention{{UserID: b.boss.UserID, From: 0, To: end}}, 21)...),
			} {
				if desk.CodeOf(err) != desk.Invalid {
					t.Errorf("%s: %v", name, err)
				}
			}
			_, err := s.AddNote(ctx, b.officer, b.ticket, boss, inbox.Mention{UserID: b.boss.UserID, From: 0, To: end})
			refused(t, err, desk.Forbidden, "")
		})

		// Spaces around the text are gone before places are counted.
		head := d.Head(t)
		note, err := s.AddNote(ctx, b.staff, b.ticket, "  "+boss+" 与 "+boss+" 看 ",
			inbox.Mention{UserID: b.boss.UserID, From: end + 3, To: 2*end + 3}, inbox.Mention{UserID: b.boss.UserID, From: 0, To: end})
		must(t, err)
		happened(t, d, head, inbox.NoteAdded)
		if note.Mentions[0].From != 0 || len(note.Mentions) != 2 || len(note.Departments) != 0 {
			t.Errorf("kept %+v", note)
		}
		told := d.Events(t, head)[0]
		var data struct{ Mentions, Departments []string }
		must(t, json.Unmarshal(told.Data, &data))
		if fmt.Sprint(data.Mentions, data.Departments) != fmt.Sprint([]string{idText(b.boss.UserID)}, []string{}) || b.officer.SeesEvent(told) {
			t.Errorf("the event tells %s", told.Data)
		}

		// Who is called for a department reads the note, and the others do not.
		head = d.Head(t)
		_, err = s.AddNote(ctx, b.staff, b.ticket, bureau+" 请核实", inbox.Mention{DepartmentID: b.police, From: 0, To: police})
		must(t, err)
		_, err = s.AddNote(ctx, b.staff, b.ticket, "@"+b.officer.Name, inbox.Mention{UserID: b.officer.UserID, From: 0, To: 1 + len([]rune(b.officer.Name))})
		must(t, err)
		for _, e := range d.Events(t, head) {
			if e.Name == inbox.NoteAdded && (!b.officer.SeesEvent(e) || b.taxer.SeesEvent(e)) {
				t.Errorf("told to the wrong department: %+v", e)
			}
		}
		if tl, err := s.Timeline(ctx, b.officer, b.ticket); err != nil || len(tl.Notes) != 2 || tl.Notes[0].Mentions[0].DepartmentID != b.police {
			t.Errorf("the department reads %+v, %v", tl.Notes, err)
		}
		if tl := d.Timeline(t, b.ticket); !slices.Equal(tl.Notes[0].Mentions, note.Mentions) || !slices.Equal(tl.Notes[2].Departments, []int64{b.police}) {
			t.Errorf("stored %+v", tl.Notes)
		}
	})
}

func TestWhomANoteMayCall(t *testing.T) {
	each(t, func(t *testing.T, d *inboxtest.Desk) {
		b, ctx, s := withBureaus(t, d), t.Context(), d.Service
		d.Staff(t, "外人", d.AddAccount(t, "别的账号"))
		d.DisableUser(t, d.Staff(t, "离职者").UserID)
		late := d.Staff(t, "晚来者")
		calls := func(query string) (names []string) {
			found, err := s.Mentionable(ctx, b.staff, b.ticket, query)
			must(t, err)
			for _, m := range found {
				name := m.Name
				if m.ID == 0 {
					name = m.Department
				}
				names = append(names, name)
			}
			return names
		}
		before := calls("")
		if slices.Contains(before, b.staff.Name) || slices.Contains(before, "外人") || slices.Contains(before, "离职者") || slices.Contains(before, b.officer.Name) ||
			!slices.Contains(before, b.boss.Name) || before[len(before)-1] != "晚来者" {
			t.Errorf("may call %v", before)
		}
		d.Dispatches(t, b.staff, b.ticket, b.police)
		must(t, s.Assign(ctx, b.boss, b.ticket, late.UserID))
		row := d.Ticket(t, b.ticket)
		if got := calls(""); got[0] != row.DepartmentName || got[1] != "晚来者" || !slices.Contains(got, b.officer.Name) || slices.Contains(got, b.taxer.Name) {
			t.Errorf("with the department: %v", got)
		}
		if got := calls(" 晚来 "); !slices.Equal(got, []string{"晚来者"}) {
			t.Errorf("by name: %v", got)
		}
		if got := calls("没有这人"); len(got) != 0 {
			t.Errorf("of none: %v", got)
		}
		_, err := s.Mentionable(ctx, b.officer, b.ticket, "")
		refused(t, err, desk.Forbidden, "")
	})
}
