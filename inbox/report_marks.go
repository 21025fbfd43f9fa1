package inbox

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"
)

// GivenMarks are the marks of a ticket's rounds and when each was first given, as the
// text they are stored as, so that tickets can be compared: "milliseconds:mark" of
// each round, one after the other.
type GivenMarks string

// Add puts the mark of another round behind the others.
func (m *GivenMarks) Add(at time.Time, mark Mark) {
	if *m != "" {
		*m += " "
	}
	*m += GivenMarks(strconv.FormatInt(at.UnixMilli(), 10) + ":" + strconv.Itoa(int(mark)))
}

// All goes through them; what is none is left out.
func (m GivenMarks) All() iter.Seq2[time.Time, Mark] {
	return func(yield func(time.Time, Mark) bool) {
		for item := range strings.FieldsSeq(string(m)) {
			at, mark, err := readMark(item)
			if err == nil && !yield(at, mark) {
				return
			}
		}
	}
}

func readMark(item string) (time.Time, Mark, error) {
	ms, mark, _ := strings.Cut(item, ":")
	at, err := strconv.ParseInt(ms, 10, 64)
	n, err2 := strconv.Atoi(mark)
	if err != nil || err2 != nil || !Mark(n).valid() {
		return time.Time{}, 0, fmt.Errorf("%q is no time and mark", item)
	}
	return time.UnixMilli(at).UTC(), Mark(n), nil
}
