package sheet_test

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"replydesk/faq/sheet"
	"replydesk/inbox/desk"
)

// TestUnclosedQuotes: a quotation mark that does not close costs its own row,
// which is named, and no row behind it.
func TestUnclosedQuotes(t *testing.T) {
	const head = "question,answer\n"
	for _, tt := range []struct {
		name, file string
		rows       []string // number:question
		faults     []int
	}{
		{"nothing quoted behind it", head + "甲,一\n乙,\"二\n丙,三\n丁,四\n", []string{"2:甲", "4:丙", "5:丁"}, []int{3}},
		{"the next row is quoted", head + "甲,\"一\n乙,\"二\"\n丙,三\n", []string{"3:乙", "4:丙"}, []int{2}},
		{"all cells are quoted", head + "\"甲\",\"一\n\"乙\",\"二\"\n\"丙\",\"三\"\n", []string{"3:乙", "4:丙"}, []int{2}},
		{"a later cell has a stray mark", head + "甲,\"一\n乙,他说\"好\"\n丙,三\n", []string{"3:乙", "4:丙"}, []int{2}},
		{"one after the other", head + "甲,\"一\n乙,\"二\n丙,三\n", []string{"4:丙"}, []int{2, 3}},
		{"in the last row", head + "甲,一\n乙,\"二", []string{"2:甲"}, []int{3}},
		{"behind a cell of two lines", head + "\"甲\n乙\",\"一\n丙,三\n", []string{"3:丙"}, []int{2}},
		{"with the line ends of Windows", "question,answer\r\n甲,\"一\r\n乙,\"二\"\r\n", []string{"3:乙"}, []int{2}},
		{"a stray mark within a line is forgiven", head + "甲,他说\"好\"\n乙,\"二\"好\"\n丙,\"三\n\"\"四\"\"\"\n", []string{"2:甲", "3:乙", "4:丙"}, nil},
		{"a cell no spreadsheet can hold", head + "甲,\"" + strings.Repeat("长\n", 50_000) + "\"\n乙,二\n", nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rows, faults, err := sheet.Read(sheet.CSV, strings.NewReader(tt.file), sheet.Limits{Bytes: 1 << 20, Rows: 100_000})
			if err != nil {
				t.Fatal(err)
			}
			if tt.rows == nil {
				if len(faults) == 0 || faults[0].Row != 2 {
					t.Errorf("faults %v, want one in row 2", faults)
				}
				if last := rows[len(rows)-1]; get(last, sheet.Question) != "乙" {
					t.Errorf("the last row is %+v, want 乙", last)
				}
				return
			}
			var got []string
			for _, r := range rows {
				got = append(got, fmt.Sprintf("%d:%s", r.Number, strings.ReplaceAll(get(r, sheet.Question), "\n", "/")))
			}
			var broken []int
			for _, f := range faults {
				broken = append(broken, f.Row)
			}
			if !slices.Equal(got, tt.rows) || !slices.Equal(broken, tt.faults) {
				t.Errorf("rows %v, faults %v, want %v, %v", got, faults, tt.rows, tt.faults)
			}
		})
	}
	for name, file := range map[string]string{
		"in the headings":  "question,\"answer\n甲,一\n",
		"in too many rows": head + strings.Repeat("甲,\"一\n", 200),
	} {
		if _, _, err := sheet.Read(sheet.CSV, strings.NewReader(file), limits); desk.CodeOf(err) != desk.Invalid {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
}

// TestWellFormedCSV: what the standard library reads strictly is read alike.
// TestLinesOfAMac: a lone \r ends a line when the first line ends with one.
func TestLinesOfAMac(t *testing.T) {
	for _, file := range []string{
		"问题,答案\r甲,一\r乙,\"二\r三\"\r", "问题,答案\r甲,一\r乙,\"二\n三\"", "\"问题\",答案\r\r甲,一\r乙,\"二\r\n三\"\r\r",
	} {
		rows := read(t, sheet.CSV, file)
		if len(rows) != 2 || get(rows[0], sheet.Answer) != "一" || get(rows[1], sheet.Answer) != "二\n三" {
			t.Errorf("%q: %+v", file, rows)
		}
	}
	if rows := read(t, sheet.CSV, "问题,答案\n甲,一\r二\n"); len(rows) != 1 || get(rows[0], sheet.Answer) != "一\r二" {
		t.Errorf("a lone \\r within a line: %+v", rows)
	}
	rows, faults, err := sheet.Read(sheet.CSV, strings.NewReader("问题,答案\r甲,\"一\r乙,\"二\"\r"), limits)
	if err != nil || len(faults) != 1 || faults[0].Row != 2 || len(rows) != 1 || rows[0].Number != 3 {
		t.Errorf("an unclosed mark: %+v, %v, %v", rows, faults, err)
	}
}

func TestWellFormedCSV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.OneOf(rapid.StringOf(rapid.SampledFrom([]rune("甲乙a,\" \n\r'|"))), rapid.StringN(0, 20, -1))
		var file strings.Builder
		w := csv.NewWriter(&file)
		w.UseCRLF = rapid.Bool().Draw(t, "windows")
		_ = w.Write([]string{"question", "answer"})
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			_ = w.Write([]string{"q" + cell.Draw(t, "question"), cell.Draw(t, "answer")})
		}
		w.Flush()
		want, err := csv.NewReader(strings.NewReader(file.String())).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		rows, faults, err := sheet.Read(sheet.CSV, strings.NewReader(file.String()), limits)
		if err != nil || len(faults) > 0 || len(rows) != len(want)-1 {
			t.Fatalf("%q: %d rows, %v, %v, want %d rows", file.String(), len(rows), faults, err, len(want)-1)
		}
		for i, r := range rows {
			if get(r, sheet.Question) != want[i+1][0] {
				t.Fatalf("%q: row %d is %q, want %q", file.String(), i, get(r, sheet.Question), want[i+1][0])
			}
		}
	})
}
