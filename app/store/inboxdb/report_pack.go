package inboxdb

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"replydesk/inbox"
)

// group names a row of report_sums: all keys of a dimension, of an account and a
// period.
type group struct {
	by      inbox.Dimension
	account int64
	period  inbox.Period
}

func groupOf(k inbox.CellKey) group { return group{k.By, k.AccountID, k.Period} }

// groupColumns is what scanGroup reads, with the table named "g".
const groupColumns = `g.dimension, g.account_id, g.period, g.sums`

func scanGroup(r row) (g group, packed string, err error) {
	err = r.Scan(&g.by, &g.account, &g.period, &packed)
	return g, packed, err
}

// escape keeps a key, which may be a category's words, in its field.
var (
	escape   = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`)
	unescape = strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n")
)

// pack writes sums as a line for each key; those that count nothing have none.
func pack(sums map[string]*inbox.Sums) string {
	var b []byte
	for _, key := range slices.Sorted(maps.Keys(sums)) {
		s := sums[key]
		if s.Empty() {
			continue
		}
		b = append(b, escape.Replace(key)...)
		for _, n := range []int{s.Received, s.Answered, s.Closed, s.Needed, s.Replied, s.OnTime, s.Late, s.Bot} {
			b = append(b, '\t')
			b = strconv.AppendInt(b, int64(n), 10)
		}
		b = appendMarks(append(b, '\t'), s.Marks)
		b = append(b, '\t')
		b = append(b, s.Waits.Text()...)
		if s.Escalations != nil {
			b = append(append(b, '\t'), s.Escalations.Text()...)
		}
		b = append(b, '\n')
	}
	return string(b)
}

// appendMarks writes how often each mark was given; "" when none was.
func appendMarks(b []byte, marks [inbox.BestMark]int) []byte {
	if marks == [inbox.BestMark]int{} {
		return b
	}
	for i, n := range marks {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return b
}

// readMarks reads what appendMarks wrote.
func readMarks(text string, marks *[inbox.BestMark]int) error {
	if text == "" {
		return nil
	}
	for i := range marks {
		field, after, _ := strings.Cut(text, " ")
		n, err := strconv.Atoi(field)
		if err != nil {
			return fmt.Errorf("%q is no count of a mark", field)
		}
		marks[i], text = n, after
	}
	return nil
}

// unpack reads the sums of the chosen keys. The Waits that take gets are
// overwritten after it.
func unpack(packed string, chosen func(key string) bool, take func(key string, s inbox.Sums)) error {
	var waits inbox.Waits
	for line := range strings.Lines(packed) {
		key, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if strings.Contains(key, `\`) {
			key = unescape.Replace(key)
		}
		if !chosen(key) {
			continue
		}
		var s inbox.Sums
		for _, n := range []*int{&s.Received, &s.Answered, &s.Closed, &s.Needed, &s.Replied, &s.OnTime, &s.Late, &s.Bot} {
			field, after, ok := strings.Cut(rest, "\t")
			value, err := strconv.Atoi(field)
			if err != nil || !ok {
				return fmt.Errorf("sums of %q: %q is no count", key, field)
			}
			*n, rest = value, after
		}
		field, rest, _ := strings.Cut(rest, "\t")
		err := readMarks(field, &s.Marks)
		if err != nil {
			return fmt.Errorf("sums of %q: %w", key, err)
		}
		took, escalations, ok := strings.Cut(rest, "\t")
		if waits, err = inbox.ParseWaits(waits[:0], took); err != nil {
			return err
		}
		if ok {
			if s.Escalations, err = inbox.ParseEscalationSums(escalations); err != nil {
				return fmt.Errorf("sums of %q: %w", key, err)
			}
		}
		s.Waits = waits
		take(key, s)
	}
	return nil
}
