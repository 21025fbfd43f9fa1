package store

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"replydesk/inbox/desk"
)

// Audit adds rows to the audit of this transaction. Events that a person caused
// are audited by themselves.
func (tx *Tx) Audit(_ context.Context, rows ...desk.Audit) error {
	tx.audits = append(tx.audits, rows...)
	return nil
}

// audited is the row of an event: who did it and to what, without the words.
func audited(e desk.Event, address string) desk.Audit {
	if e.ActorID == 0 {
		address = ""
	}
	row := desk.Audit{
		At: e.At, ActorID: e.ActorID, Action: e.Name, TicketID: e.TicketID, AccountID: e.AccountID, Address: address, Data: bare(e.Data),
	}
	if len(e.Departments) == 1 { // it is about that department
		row.DepartmentID = e.Departments[0]
	}
	return row
}

// code is a value that names or counts something and tells nothing of a person.
var code = regexp.MustCompile(`^[A-Za-z0-9_.:+-]{0,40}$`)

// bare keeps of an event's data the ids, states and figures. Words stay with
// the event alone, where they are erased with their citizen.
func bare(data json.RawMessage) json.RawMessage {
	var fields map[string]any
	if json.Unmarshal(data, &fields) != nil {
		return nil
	}
	delete(fields, "ticket") // what every event tells of its ticket has columns here
	for name, v := range fields {
		if !plain(v) {
			delete(fields, name)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	kept, err := json.Marshal(fields)
	if err != nil { // what was decoded can be encoded
		return nil
	}
	return kept
}

func plain(v any) bool {
	switch v := v.(type) {
	case string:
		return code.MatchString(v)
	case []any:
		for _, each := range v {
			if _, nested := each.([]any); nested || !plain(each) {
				return false
			}
		}
		return true
	case map[string]any:
		return false
	default: // a number, a truth value, nothing
		return true
	}
}

// auditColumns are the columns of the audit; AuditColumns are those of one named
// "a", which ScanAudit reads.
const (
	auditColumns = `seq, at, actor_id, action, object, ticket_id, account_id, department_id, reason, address, data, mac`
	AuditColumns = `a.seq, a.at, a.actor_id, a.action, a.object, a.ticket_id, a.account_id, a.department_id, a.reason, a.address, a.data, a.mac`
)

// ScanAudit reads one row of AuditColumns, then more.
func ScanAudit(rows *sql.Rows, more ...any) (desk.Audit, error) {
	var a desk.Audit
	var at int64
	var data string
	err := rows.Scan(append([]any{&a.Seq, &at, &a.ActorID, &a.Action, &a.Object, &a.TicketID, &a.AccountID, &a.DepartmentID, &a.Reason, &a.Address,
		&data, &a.MAC}, more...)...)
	a.At = Time(at)
	if data != "" {
		a.Data = json.RawMessage(data)
	}
	return a, err
}

// flushAudit chains and writes the transaction's rows. The lock of the events is
// held on PostgreSQL, so the row before is known and stays the last.
func (tx *Tx) flushAudit(ctx context.Context) error {
	if len(tx.audits) == 0 {
		return nil
	}
	var seq int64
	var mac string
	err := tx.QueryRow(ctx, `SELECT seq, mac FROM audit ORDER BY seq DESC LIMIT 1`).Scan(&seq, &mac)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	for rest := tx.audits; len(rest) > 0; {
		n := min(len(rest), maxEventRows)
		if seq, mac, err = tx.insertAudit(ctx, rest[:n], seq, mac); err != nil {
			return fmt.Errorf("audit: %w", err)
		}
		rest = rest[n:]
	}
	return nil
}

func (tx *Tx) insertAudit(ctx context.Context, rows []desk.Audit, seq int64, mac string) (int64, string, error) {
	const columns = 12
	args := make([]any, 0, len(rows)*columns)
	for _, a := range rows {
		seq++
		a.Seq, a.At = seq, Time(Millis(a.At))
		mac = tx.chain.mac(mac, a)
		args = append(args, a.Seq, Millis(a.At), a.ActorID, a.Action, a.Object, a.TicketID, a.AccountID, a.DepartmentID,
			a.Reason, a.Address, string(a.Data), mac)
	}
	_, err := tx.Exec(ctx, `INSERT INTO audit (`+auditColumns+`) VALUES `+placeholders(len(rows), columns), args...)
	return seq, mac, err
}

// chain seals the rows of the audit with a key that is not in the database:
// whoever changes a row there cannot make the code that fits it.
type chain struct{ key []byte }

// mac is the code of a row after the one with the code before: HMAC-SHA256 over
// that and every field, as JSON.
func (c chain) mac(before string, a desk.Audit) string {
	text, err := json.Marshal([]any{
		before, a.Seq, Millis(a.At), a.ActorID, a.Action, a.Object, a.TicketID, a.AccountID, a.DepartmentID, a.Reason, a.Address, string(a.Data),
	})
	if err != nil {
		panic("store: audit row: " + err.Error()) // strings and numbers only
	}
	h := hmac.New(sha256.New, c.key)
	h.Write(text)
	return hex.EncodeToString(h.Sum(nil))
}

// AuditHead is the newest row of the audit, by its number and code. Kept
// elsewhere it proves that no later rows were cut off.
type AuditHead struct {
	Seq int64
	MAC string
}

// AuditHead returns the head, the zero value of an audit without rows.
func (db *DB) AuditHead(ctx context.Context) (AuditHead, error) {
	var h AuditHead
	err := db.QueryRow(ctx, `SELECT seq, mac FROM audit ORDER BY seq DESC LIMIT 1`).Scan(&h.Seq, &h.MAC)
	if errors.Is(err, sql.ErrNoRows) {
		return h, nil
	}
	return h, Translate(err)
}

// BrokenChain says where the audit is not what the desk wrote.
type BrokenChain struct {
	Seq     int64 // of the first row that is wrong or missing
	Missing bool  // it is not there, or rows before it were taken out
}

func (e *BrokenChain) Error() string {
	if e.Missing {
		return fmt.Sprintf("audit: row %d is missing", e.Seq)
	}
	return fmt.Sprintf("audit: row %d was changed", e.Seq)
}

// auditPage is how many rows are verified at a time.
const auditPage = 1000

// VerifyAudit goes over the whole audit and returns its head. A *BrokenChain
// names the first row that is not what was written; known, unless it is zero, is
// a head noted earlier that must be among the rows.
func (db *DB) VerifyAudit(ctx context.Context, known AuditHead) (AuditHead, error) {
	var head AuditHead
	for {
		rows, err := db.Query(ctx, `SELECT `+AuditColumns+` FROM audit a WHERE a.seq > $1 ORDER BY a.seq LIMIT $2`, head.Seq, auditPage)
		page, err := Collect(rows, err, func(r *sql.Rows) (desk.Audit, error) { return ScanAudit(r) })
		if err != nil {
			return head, err
		}
		for _, a := range page {
			if a.Seq != head.Seq+1 {
				return head, &BrokenChain{Seq: head.Seq + 1, Missing: true}
			}
			if mac := db.chain.mac(head.MAC, a); mac != a.MAC {
				return head, &BrokenChain{Seq: a.Seq}
			}
			if a.Seq == known.Seq && a.MAC != known.MAC {
				return head, &BrokenChain{Seq: a.Seq}
			}
			head = AuditHead{a.Seq, a.MAC}
		}
		if len(page) < auditPage {
			break
		}
	}
	if head.Seq < known.Seq {
		return head, &BrokenChain{Seq: head.Seq + 1, Missing: true}
	}
	return head, nil
}
