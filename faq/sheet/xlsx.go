package sheet

import (
	"bytes"
	"io"

	"github.com/xuri/excelize/v2"
)

// What unpacking a workbook may take: a small file can hold a very large one.
const (
	maxUnpacked     = 256 << 20
	maxUnpackedPart = 16 << 20 // of one part in memory; above it goes to a temporary file
)

func (c *collector) readXLSX(data []byte) error {
	var t *table
	err := xlsxCells(data, func(number int, cells []string) (err error) {
		switch {
		case t != nil:
			return c.addCells(t, number, cells)
		case len(cells) > 0:
			t, err = newTable(cells)
		}
		return err
	})
	if err == nil && t == nil {
		return invalid("文件是空的")
	}
	return err
}

// xlsxCells hands the rows of a workbook's first sheet to add, by number.
func xlsxCells(data []byte, add func(number int, cells []string) error) (err error) {
	// A workbook is a stranger's archive of XML; a fault of the library that
	// reads it must not end more than this import.
	defer func() {
		if recover() != nil {
			err = invalid("不是可以打开的 XLSX 文件")
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpackedPart,
	})
	if err != nil {
		return invalid("不是可以打开的 XLSX 文件")
	}
	defer f.Close()
	sheets := f.GetSheetList()
	if len(sheets) == 0 {
		return invalid("文件是空的")
	}
	rows, err := f.Rows(sheets[0])
	if err != nil {
		return invalid("工作表 %q 无法读取", sheets[0])
	}
	defer rows.Close()
	for number := 1; rows.Next(); number++ {
		cells, err := rows.Columns()
		if err != nil {
			return invalid("第 %d 行无法读取", number)
		}
		if err := add(number, cells); err != nil {
			return err
		}
	}
	if rows.Error() != nil {
		return invalid("工作表 %q 无法读取", sheets[0])
	}
	return nil
}

// xlsxWriter writes a workbook with one sheet.
type xlsxWriter struct {
	to   io.Writer
	file *excelize.File
	rows *excelize.StreamWriter
	row  int
}

const sheetName = "知识库"

func newXLSXWriter(w io.Writer) (*xlsxWriter, error) {
	x := &xlsxWriter{to: w, file: excelize.NewFile()}
	if err := x.file.SetSheetName("Sheet1", sheetName); err != nil {
		return nil, err
	}
	var err error
	if x.rows, err = x.file.NewStreamWriter(sheetName); err != nil {
		return nil, err
	}
	if err := x.rows.SetColWidth(int(Question)+1, int(Answer)+1, 40); err != nil {
		return nil, err
	}
	if err := x.rows.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	return x, x.add(headings())
}

func (x *xlsxWriter) write(r *Row) error { return x.add(r.cells()) }

func (x *xlsxWriter) add(cells []string) error {
	x.row++
	values := make([]any, len(cells))
	for i, cell := range cells {
		values[i] = cell
	}
	at, err := excelize.CoordinatesToCellName(1, x.row)
	if err != nil {
		return err
	}
	return x.rows.SetRow(at, values)
}

func (x *xlsxWriter) close() error {
	if err := x.rows.Flush(); err != nil {
		return err
	}
	if _, err := x.file.WriteTo(x.to); err != nil {
		return err
	}
	return x.file.Close()
}
