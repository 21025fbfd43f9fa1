package sheet_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"replydesk/faq/sheet"
	"replydesk/inbox/desk"
)

var limits = sheet.Limits{Bytes: 1 << 20, Rows: 1000}

func read(t *testing.T, format sheet.Format, file string) []sheet.Row {
	t.Helper()
	rows, faults, err := sheet.Read(format, strings.NewReader(file), limits)
	if err != nil || len(faults) > 0 {
		t.Fatalf("read: %v, %v", faults, err)
	}
	return rows
}

func get(r sheet.Row, c sheet.Column) string {
	text, _ := r.Get(c)
	return text
}

func TestHeadings(t *testing.T) {
	for _, heading := range []string{"question", "Question", " 问题 ", "问题*", "标准问题", "\uFEFFquestion", "QUESTION"} {
		if rows := read(t, sheet.CSV, heading+"\n甲\n"); len(rows) != 1 || get(rows[0], sheet.Question) != "甲" {
			t.Errorf("heading %q: %+v", heading, rows)
		}
	}
	rows := read(t, sheet.CSV, ",问题,Similar Questions,办事入口,有效期止,\n,甲,乙|丙,https://a.example,2026年1月2日\n")
	if got := get(rows[0], sheet.ServiceLink); got != "https://a.example" {
		t.Errorf("link %q", got)
	}
	if got := get(rows[0], sheet.ValidTo); got != "2026-01-02" {
		t.Errorf("valid to %q", got)
	}
	if !slices.Equal(rows[0].Similar, []string{"乙", "丙"}) {
		t.Errorf("similar %q", rows[0].Similar)
	}
	if _, ok := rows[0].Get(sheet.Answer); ok {
		t.Error("a column the file lacks is there")
	}
}

// A column nobody knows is named, and nothing is read: a mistyped valid_to
// would give entries that never expire.
func TestUnknownHeading(t *testing.T) {
	for _, heading := range []string{"valid_too", "备注", strings.Repeat("长", 100)} {
		rows, faults, err := sheet.Read(sheet.CSV, strings.NewReader("问题,"+heading+"\n甲,乙\n"), limits)
		if desk.CodeOf(err) != desk.Invalid || !strings.Contains(err.Error(), string([]rune(heading)[:2])) || len(err.Error()) > 400 || len(rows)+len(faults) != 0 {
			t.Errorf("heading %.20s: %v, %v, %v; want an error that names it", heading, rows, faults, err)
		}
	}
}

// Cells without a heading are a fault of their row: an answer whose commas are
// not quoted must not lose its end.
func TestMoreCellsThanHeadings(t *testing.T) {
	const file = "问题,答案\n甲,一,二，三,四\n乙,一,, \n丙,\"一,二\"\n"
	rows, faults, err := sheet.Read(sheet.CSV, strings.NewReader(file), limits)
	if err != nil || len(rows) != 2 || get(rows[0], sheet.Question) != "乙" || get(rows[1], sheet.Answer) != "一,二" {
		t.Errorf("rows %+v, %v; want those of 乙 and 丙", rows, err)
	}
	if want := []sheet.Fault{{Row: 2, Message: "这一行比表头多 2 列，请检查逗号是否需要加引号"}}; !slices.Equal(faults, want) {
		t.Errorf("faults %v, want %v", faults, want)
	}
	_, faults, err = sheet.Read(sheet.CSV, strings.NewReader("问题,,答案\n甲,丢了,一\n"), limits)
	if err != nil || len(faults) != 1 || faults[0].Row != 2 {
		t.Errorf("a cell between two headings: %v, %v; want a fault", faults, err)
	}
}

func TestRowNumbers(t *testing.T) {
	file := "question,answer\n\n甲,\"一行\n二行\"\n\r\n,\n乙,\"\"\"引\"\"\"\n"
	rows := read(t, sheet.CSV, file)
	var got []int
	for _, r := range rows {
		got = append(got, r.Number)
	}
	if want := []int{3, 6}; !slices.Equal(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
	if got := get(rows[1], sheet.Answer); got != `"引"` {
		t.Errorf("quoted %q", got)
	}
	lines := read(t, sheet.JSONL, "\n{\"question\":\"甲\"}\n\n{\"question\":\"乙\"}")
	if lines[0].Number != 2 || lines[1].Number != 4 {
		t.Errorf("lines %d, %d, want 2, 4", lines[0].Number, lines[1].Number)
	}
}

func TestSimilar(t *testing.T) {
	for cell, want := range map[string][]string{
		"甲|乙":           {"甲", "乙"},
		"甲｜乙":           {"甲", "乙"},
		" 甲 | | 乙 |":    {"甲", "乙"},
		`甲\|一|乙`:        {"甲|一", "乙"},
		`C:\temp`:       {`C:\temp`},
		`一\\`:           {`一\`},
		`一\`:            {`一\`},
		"\"甲\n乙\r\n丙\"": {"甲", "乙", "丙"},
		"":              nil,
	} {
		rows := read(t, sheet.CSV, "question,similar_questions\n问,"+cell+"\n")
		if !slices.Equal(rows[0].Similar, want) {
			t.Errorf("%q gives %q, want %q", cell, rows[0].Similar, want)
		}
	}
	rows := read(t, sheet.JSONL, `{"question":"问","similar_questions":["甲|乙","丙"]}`+"\n"+`{"question":"问","similar_questions":"甲|乙"}`)
	if !slices.Equal(rows[0].Similar, []string{"甲|乙", "丙"}) || !slices.Equal(rows[1].Similar, []string{"甲", "乙"}) {
		t.Errorf("similar %q, %q", rows[0].Similar, rows[1].Similar)
	}
}

// Spreadsheet programs run a cell that starts like a formula, whoever wrote it.
func TestFormulasAreGuarded(t *testing.T) {
	for _, text := range []string{"=1+1", "+8613800000000", "-1", "@SUM(A1)", "＝1", "'=1", "''@"} {
		var row sheet.Row
		row.Set(sheet.Question, text)
		row.Set(sheet.Answer, text)
		row.SetSimilar([]string{text})
		var out bytes.Buffer
		for _, format := range []sheet.Format{sheet.CSV, sheet.XLSX} {
			out.Reset()
			w, err := sheet.NewWriter(format, &out)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(w.Write(row), w.Close()); err != nil {
				t.Fatal(err)
			}
			for _, cell := range cellsOf(t, format, out.Bytes()) {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
					t.Errorf("%s: %q is written as %q", format, text, cell)
				}
			}
			if back := read(t, format, out.String()); get(back[0], sheet.Answer) != text || back[0].Similar[0] != text {
				t.Errorf("%s: %q comes back as %q", format, text, get(back[0], sheet.Answer))
			}
		}
	}
}

// cellsOf returns the cells of the second row as a spreadsheet sees them.
func cellsOf(t *testing.T, format sheet.Format, file []byte) []string {
	t.Helper()
	if format == sheet.CSV {
		lines := strings.Split(string(file), "\n")
		return strings.Split(lines[1], ",")
	}
	f, err := excelize.OpenReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := f.GetRows(f.GetSheetName(0))
	if err != nil {
		t.Fatal(err)
	}
	for column := range 11 {
		at, _ := excelize.CoordinatesToCellName(column+1, 2)
		if formula, err := f.GetCellFormula(f.GetSheetName(0), at); err != nil || formula != "" {
			t.Errorf("formula in %s: %q, %v", at, formula, err)
		}
	}
	return rows[1]
}

// A workbook made by hand has dates and numbers in its cells.
func TestWorkbook(t *testing.T) {
	f := excelize.NewFile()
	date, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		f.SetSheetRow("Sheet1", "A2", &[]any{"编号", "问题", "生效日期", "失效日期"}),
		f.SetSheetRow("Sheet1", "A4", &[]any{1001, "甲", 46348, "2027/1/2"}),
		f.SetCellStyle("Sheet1", "C4", "C4", date),
	)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := f.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	rows := read(t, sheet.XLSX, out.String())
	if len(rows) != 1 || rows[0].Number != 4 {
		t.Fatalf("rows %+v", rows)
	}
	for c, want := range map[sheet.Column]string{
		sheet.Code: "1001", sheet.Question: "甲", sheet.ValidFrom: "2026-11-22", sheet.ValidTo: "2027-01-02",
	} {
		if got := get(rows[0], c); got != want {
			t.Errorf("column %d = %q, want %q", c, got, want)
		}
	}
}

func TestLimits(t *testing.T) {
	small := sheet.Limits{Bytes: 64, Rows: 2}
	for name, file := range map[string]string{
		"bytes": "question\n" + strings.Repeat("x", 64),
		"rows":  "question\na\nb\nc\n",
	} {
		_, _, err := sheet.Read(sheet.CSV, strings.NewReader(file), small)
		if desk.CodeOf(err) != desk.Invalid {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
	if rows, _, err := sheet.Read(sheet.CSV, strings.NewReader("question\na\nb\n"), small); err != nil || len(rows) != 2 {
		t.Errorf("at the limit: %d rows, %v", len(rows), err)
	}
	if _, _, err := sheet.Read(sheet.JSONL, strings.NewReader("1\n2\n3\n"), small); desk.CodeOf(err) != desk.Invalid {
		t.Errorf("faults beyond the limit: %v, want invalid", err)
	}
}

// Whatever text an entry may hold comes back from every format as it was.
func TestComesBack(t *testing.T) {
	awkward := rapid.SampledFrom([]string{"=", "'", "@", "+", "-", "|", "｜", `\`, `"`, ",", "\t", "\n", "_x000D_", "证", "😀", " ", "a", "1", "<", "&", "﹏"})
	line := rapid.Custom(func(t *rapid.T) string {
		s := strings.Join(rapid.SliceOfN(awkward, 0, 6).Draw(t, "text"), "")
		return strings.TrimSpace(strings.NewReplacer("\n", "", "\t", "").Replace(s))
	})
	lines := rapid.Custom(func(t *rapid.T) string {
		return strings.TrimSpace(strings.Join(rapid.SliceOfN(awkward, 0, 12).Draw(t, "lines"), ""))
	})
	rapid.Check(t, func(t *rapid.T) {
		rows := make([]sheet.Row, rapid.IntRange(1, 4).Draw(t, "rows"))
		for i := range rows {
			for c := sheet.Code; c <= sheet.State; c++ {
				rows[i].Set(c, line.Draw(t, "cell"))
			}
			rows[i].Set(sheet.Question, "问"+line.Draw(t, "question"))
			rows[i].Set(sheet.Answer, lines.Draw(t, "answer"))
			rows[i].Set(sheet.ValidFrom, rapid.SampledFrom([]string{"", "2026-01-31", "not a day"}).Draw(t, "from"))
			rows[i].Set(sheet.ValidTo, "")
			rows[i].Set(sheet.Similar, "")
			rows[i].SetSimilar(slices.DeleteFunc(rapid.SliceOfN(line, 0, 3).Draw(t, "similar"), func(s string) bool { return s == "" }))
		}
		for _, format := range []sheet.Format{sheet.CSV, sheet.XLSX, sheet.JSONL} {
			var out bytes.Buffer
			w, err := sheet.NewWriter(format, &out)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if err := w.Write(r); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			back, faults, err := sheet.Read(format, &out, limits)
			if err != nil || len(faults) > 0 || len(back) != len(rows) {
				t.Fatalf("%s: %d rows of %d, %v, %v", format, len(back), len(rows), faults, err)
			}
			for i := range rows {
				if a, b := content(rows[i]), content(back[i]); !slices.Equal(a, b) {
					t.Fatalf("%s: %q came back as %q", format, a, b)
				}
			}
		}
	})
}

// What was read is written and read again; the second reading must be like the
// first.
func roundTrip(t *testing.T, format sheet.Format, file []byte) {
	rows, faults, err := sheet.Read(format, bytes.NewReader(file), limits)
	if err != nil {
		if desk.CodeOf(err) != desk.Invalid {
			t.Fatalf("read: %v", err)
		}
		return
	}
	for _, fault := range faults {
		if fault.Message == "" {
			t.Fatalf("fault without a word in row %d", fault.Row)
		}
	}
	var out bytes.Buffer
	w, err := sheet.NewWriter(sheet.JSONL, &out)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if len(rows) == 0 {
		return
	}
	again, faults, err := sheet.Read(sheet.JSONL, bytes.NewReader(out.Bytes()), sheet.Limits{Bytes: 1 << 30, Rows: 1 << 20})
	if err != nil || len(faults) > 0 || len(again) != len(rows) {
		t.Fatalf("read again: %d of %d rows, %v, %v", len(again), len(rows), faults, err)
	}
	for i := range rows {
		if a, b := content(rows[i]), content(again[i]); !reflect.DeepEqual(a, b) {
			t.Fatalf("row %d: %q became %q", i, a, b)
		}
	}
}

func content(r sheet.Row) []string {
	var out []string
	for c := sheet.Code; c <= sheet.State; c++ {
		out = append(out, strings.ToValidUTF8(get(r, c), "\uFFFD"))
	}
	return append(out, fmt.Sprintf("%q", r.Similar))
}

func FuzzCSV(f *testing.F) {
	for _, file := range []string{
		"question,answer\n甲,乙\n", "\uFEFF问题,相似问法\n甲,a|b\\|c\n", "question\n\"a\nb\"\n\n'=c\n", "编号\n", "question,valid_to\nx,46348\n",
		"\xCE\xCA\xCC\xE2\n\xBC\xD7\n", "question\n\"", "\xFF\xFE", "question,question\n",
	} {
		f.Add([]byte(file))
	}
	f.Fuzz(func(t *testing.T, file []byte) { roundTrip(t, sheet.CSV, file) })
}

func FuzzJSONL(f *testing.F) {
	for _, file := range []string{
		`{"question":"甲","similar_questions":["乙","丙"],"valid_to":"2026-01-01"}`, "{\"问题\":\"甲\",\"question\":\"乙\"}\n",
		"{}\n[]\n1\nnull\n", `{"question":null,"similar_questions":"a|b","answer":1}`, "{\"question\":\"\\ud800\"}",
	} {
		f.Add([]byte(file))
	}
	f.Fuzz(func(t *testing.T, file []byte) { roundTrip(t, sheet.JSONL, file) })
}
