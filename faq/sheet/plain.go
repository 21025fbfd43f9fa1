package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// WriteTable writes rows of texts and whole numbers, the first one headings, as
// CSV or XLSX; name is that of the sheet. Another format is an Invalid error.
func WriteTable(format Format, w io.Writer, name string, rows [][]any) error {
	switch format {
	case CSV:
		return writePlainCSV(w, rows)
	case XLSX:
		return writePlainXLSX(w, name, rows)
	case JSONL:
	}
	return unknown(format)
}

func writePlainCSV(w io.Writer, rows [][]any) error {
	if _, err := io.WriteString(w, mark); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = fmt.Sprint(cell)
			// A spreadsheet would take such a text for a formula.
			if text, ok := cell.(string); ok && strings.IndexAny(text, "=+-@\t\r") == 0 {
				cells[i] = "'" + text
			}
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func writePlainXLSX(w io.Writer, name string, rows [][]any) error {
	file := excelize.NewFile()
	defer file.Close()
	if err := file.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	out, err := file.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, row := range rows {
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := out.SetRow(at, row); err != nil {
			return err
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	_, err = file.WriteTo(w)
	return err
}
