package inboxdb

import (
	"context"
	"database/sql"
	"encoding/json"

	"replydesk/app/store"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// storedMention is a mention as notes keep it, in a JSON list.
type storedMention struct {
	User       int64 `json:"user,omitempty"`
	Department int64 `json:"department,omitempty"`
	From       int   `json:"from"`
	To         int   `json:"to"`
}

func mentionsText(mentions []inbox.Mention) string {
	stored := make([]storedMention, len(mentions))
	for i, m := range mentions {
		stored[i] = storedMention{m.UserID, m.DepartmentID, m.From, m.To}
	}
	b, _ := json.Marshal(stored) // numbers always marshal
	return string(b)
}

func readMentions(text string) (out []inbox.Mention, err error) {
	if text == "[]" {
		return nil, nil
	}
	var stored []storedMention
	err = json.Unmarshal([]byte(text), &stored)
	for _, m := range stored {
		out = append(out, inbox.Mention{UserID: m.User, DepartmentID: m.Department, From: m.From, To: m.To})
	}
	return out, err
}

// ActiveUsers implements inbox.Store.
func (s *Store) ActiveUsers(ctx context.Context) ([]desk.Actor, error) {
	rows, err := s.db.Query(ctx, `SELECT user_id, account_id FROM user_accounts ORDER BY user_id, account_id`)
	accounts := map[int64][]int64{}
	_, err = store.Collect(rows, err, func(r *sql.Rows) (account int64, err error) {
		var user int64
		err = r.Scan(&user, &account)
		accounts[user] = append(accounts[user], account)
		return account, err
	})
	if err != nil {
		return nil, err
	}
	rows, err = s.db.Query(ctx, `SELECT id, name, role, department_id, all_accounts FROM users WHERE active = 1 ORDER BY id`)
	return store.Collect(rows, err, func(r *sql.Rows) (a desk.Actor, err error) {
		var all int
		err = r.Scan(&a.UserID, &a.Name, &a.Role, &a.DepartmentID, &all)
		a.AllAccounts, a.AccountIDs = all != 0, accounts[a.UserID]
		return a, err
	})
}
