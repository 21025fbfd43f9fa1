package sheet

import "io"

// Writer writes rows to a file. Close ends the file, not what it is written to.
type Writer struct {
	to interface {
		write(r *Row) error
		close() error
	}
}

// NewWriter begins a file. An unknown format is an Invalid error.
func NewWriter(format Format, w io.Writer) (*Writer, error) {
	switch format {
	case CSV:
		to, err := newCSVWriter(w)
		return &Writer{to}, err
	case XLSX:
		to, err := newXLSXWriter(w)
		return &Writer{to}, err
	case JSONL:
		return &Writer{jsonWriter{w}}, nil
	}
	return nil, unknown(format)
}

// Write adds a row with all columns; one that is not set is empty.
func (w *Writer) Write(r Row) error { return w.to.write(&r) }

// Close writes what is left.
func (w *Writer) Close() error { return w.to.close() }
