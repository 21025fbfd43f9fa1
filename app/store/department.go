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

// DutyGone is 1 when the user u may not sign in any more, or does not belong to
// what the duty d is for.
const DutyGone = `CASE WHEN u.active = 1 AND (d.department_id = 0 AND u.role <> 'liaison' OR d.department_id <> 0 AND u.role = 'liaison' AND u.department_id = d.department_id)
	THEN 0 ELSE 1 END`
