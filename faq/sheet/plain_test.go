package sheet_test

import (
	"bytes"
	"testing"

	"github.com/xuri/excelize/v2"

	"replydesk/faq/sheet"
)

func TestWriteTable(t *testing.T) {
	rows := [][]any{{"日期", "账号", "提问"}, {"2026-11-22", "=1+1", 12}, {"2026-11-23", "城市,发布", -3}}
	var out bytes.Buffer
	if err := sheet.WriteTable(sheet.CSV, &out, "答复", rows); err != nil {
		t.Fatal(err)
	}
	if want := "\uFEFF日期,账号,提问\n2026-11-22,'=1+1,12\n2026-11-23,\"城市,发布\",-3\n"; out.String() != want {
		t.Errorf("CSV %q, want %q", out.String(), want)
	}
	out.Reset()
	if err := sheet.WriteTable(sheet.XLSX, &out, "答复", rows); err != nil {
		t.Fatal(err)
	}
	file, err := excelize.OpenReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for at, want := range map[string]string{"A1": "日期", "B2": "=1+1", "C2": "12", "B3": "城市,发布"} {
		if got, err := file.GetCellValue("答复", at); got != want || err != nil {
			t.Errorf("%s is %q, want %q (%v)", at, got, want, err)
		}
	}
	if formula, err := file.GetCellFormula("答复", "B2"); formula != "" || err != nil {
		t.Errorf("B2 is a formula: %q (%v)", formula, err)
	}
	if err := sheet.WriteTable(sheet.JSONL, &out, "答复", rows); err == nil {
		t.Error("JSONL is taken")
	}
}
