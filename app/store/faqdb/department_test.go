package faqdb_test

import (
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/faq"
	"replydesk/faq/faqtest"
	"replydesk/inbox/desk"
)

// A department that the desk has not is refused as a new value once the desk has
// any; what is out already stays, and an import tells of each row.
func TestUnknownDepartments(t *testing.T) {
	each(t, func(t *testing.T, open func(t *testing.T) *store.DB) {
		ctx, db := t.Context(), open(t)
		l := faqtest.Open(t, backend{db})
		old := l.AddPublished(t, faq.Content{Code: "OLD", Question: "旧问题怎么办", Answer: "答", Department: "旧局"})
		err := db.Atomic(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO departments (code, name) VALUES ('ga', '市公安局')`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		submit := func(e faq.Entry) error {
			_, err := l.Submit(ctx, faqtest.Staff, e.ID, faq.Seen{}, time.Time{})
			return err
		}
		for department, ok := range map[string]bool{"市公安局": true, "": true, "旧局": true, "火星局": false} {
			e := l.Add(t, faq.Content{Question: "怎么联系" + department + "呢", Answer: "答", Department: department})
			if err := submit(e); (err == nil) != ok || !ok && desk.ReasonOf(err) != "unknown_department" {
				t.Errorf("submit with department %q: %v", department, err)
			}
		}
		mars := "火星局"
		direct := l.Add(t, faq.Content{Question: "没有送审的问题", Answer: "答", Department: mars})
		if _, err := l.Publish(ctx, faqtest.Second, direct.ID, faq.Approval{}); desk.ReasonOf(err) != "unknown_department" {
			t.Errorf("published unsubmitted: %v", err)
		}
		answer := "新答复"
		if e, err := l.Rewrite(ctx, old.ID, faq.Edit{Answer: &answer}); err != nil || e.Department != "旧局" {
			t.Errorf("an old entry goes on: %+v, %v", e, err)
		}
		facets, err := l.Facets(ctx, faqtest.Staff)
		if err != nil || len(facets.DeskDepartments) != 1 || facets.DeskDepartments[0] != "市公安局" {
			t.Errorf("facets %+v, %v", facets, err)
		}
		const file = "问题,答复,承办单位,状态\n甲问题怎么办,答,火星局,草稿\n乙问题怎么办,答,火星局,已发布\n丙问题怎么办,答,市公安局,已发布\n"
		for _, dry := range []bool{true, false} {
			got, err := l.ImportText(ctx, faqtest.Staff, file, faq.ImportOptions{Format: faq.CSV, DryRun: dry})
			if err != nil || got.Created != 2 || len(got.Errors) != 1 || got.Errors[0].Row != 3 || len(got.Warnings) != 1 || got.Warnings[0].Row != 2 {
				t.Errorf("import, dry run %v: %+v, %v", dry, got, err)
			}
		}
	})
}
