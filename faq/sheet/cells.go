package sheet

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Cells reads a file as plain rows of cells, for tables that are no library. A
// row's place is its number as a spreadsheet counts it, less one; blank rows
// have no cells. What is no file of the format, or larger than the limits, is an
// Invalid error about "file".
func Cells(format Format, r io.Reader, limits Limits) ([][]string, error) {
	data, err := io.ReadAll(io.LimitReader(r, limits.Bytes+1))
	if err != nil {
		return nil, fmt.Errorf("read file: %w", err)
	}
	if int64(len(data)) > limits.Bytes {
		return nil, invalid("文件超过 %d KB 上限，请分成几个文件导入", limits.Bytes>>10)
	}
	var rows [][]string
	add := func(number int, cells []string) error {
		if number > limits.Rows {
			return invalid("文件超过 %d 行上限，请分成几个文件导入", limits.Rows)
		}
		for len(rows) < number-1 {
			rows = append(rows, nil)
		}
		rows = append(rows, filled(cells))
		return nil
	}
	switch format {
	case CSV:
		err = csvCells(data, add)
	case XLSX:
		err = xlsxCells(data, add)
	default:
		err = unknown(format)
	}
	return rows, err
}

func csvCells(data []byte, add func(number int, cells []string) error) error {
	text, err := decode(data)
	if err != nil {
		return err
	}
	r := csvReader{text: text, cr: endsInCR(text)}
	for {
		cells, err := r.read()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return invalid("第 %d 行的引号没有闭合", r.row)
		}
		if err := add(r.row, cells); err != nil {
			return err
		}
	}
}

// WriteCells writes rows as CSV or XLSX, as Excel opens them.
func WriteCells(format Format, w io.Writer, title string, rows [][]string) error {
	if format == CSV {
		if _, err := io.WriteString(w, mark); err != nil {
			return err
		}
		out := csv.NewWriter(w)
		return errors.Join(out.WriteAll(rows), out.Error())
	}
	if format != XLSX {
		return unknown(format)
	}
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", title); err != nil {
		return err
	}
	for i, cells := range rows {
		if err := f.SetSheetRow(title, fmt.Sprintf("A%d", i+1), &cells); err != nil {
			return err
		}
	}
	_, err := f.WriteTo(w)
	return err
}

// Headed reports whether a heading is one of the names; case and spaces do not
// matter.
func Headed(heading string, names ...string) bool {
	heading = strings.ToLower(strings.Trim(heading, " \t*＊\uFEFF"))
	for _, name := range names {
		if heading == name {
			return true
		}
	}
	return false
}
