package store

import (
	"strconv"
	"strings"
)

// DepartmentList is the one way a set of departments is stored: ",3,7,", so
// that one can be looked for with its commas; "" for none.
func DepartmentList(ids []int64) string {
	if len(ids) == 0 {
		return ""
	}
	b := []byte{','}
	for _, id := range ids {
		b = append(strconv.AppendInt(b, id, 10), ',')
	}
	return string(b)
}

// Departments is the reverse of DepartmentList.
func Departments(list string) []int64 {
	var ids []int64
	for part := range strings.SplitSeq(strings.Trim(list, ","), ",") {
		if id, err := strconv.ParseInt(part, 10, 64); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}
