package config

import (
	"slices"
	"strings"
)

// foreign reports whether a DESK_ variable belongs to the tests and measurements
// and not to the program.
func foreign(name string) bool {
	return name == "DESK_EVAL_DATA" || name == "DESK_BIN" ||
		strings.HasPrefix(name, "DESK_TEST_") || strings.HasPrefix(name, "DESK_BENCH_")
}

// readEnviron takes the variables in; a variable that is set but empty sets the
// empty value. Of a name that occurs twice the last counts.
func readEnviron(environ []string, rows []setting, values map[string]given) Problems {
	keys := make(map[string]string, len(rows))
	for _, s := range rows {
		keys[envOf(s.key)] = s.key
	}
	var problems Problems
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, envPrefix) || foreign(name) {
			continue
		}
		key, known := keys[name]
		if !known {
			detail := "unknown variable" + suggest(name, rows, func(s setting) string { return envOf(s.key) })
			problems = append(problems, Problem{Env: name, Where: "environment", Detail: detail})
			continue
		}
		values[key] = given{items: []string{value}, where: "environment"}
	}
	slices.SortFunc(problems, func(a, b Problem) int { return strings.Compare(a.Env, b.Env) })
	return problems
}

// suggest names the setting that was probably meant, or nothing.
func suggest(name string, rows []setting, names func(setting) string) string {
	best, least := "", 3
	for _, s := range rows {
		if d := distance(name, names(s), least); d < least {
			best, least = names(s), d
		}
	}
	if best == "" {
		return ", see configs/desk.yaml for all of them"
	}
	return ", did you mean " + best + "?"
}

// distance counts the insertions, deletions and replacements that turn a into b,
// and gives up with limit when there are as many.
func distance(a, b string, limit int) int {
	if abs(len(a)-len(b)) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return min(row[len(b)], limit)
}

func abs(n int) int { return max(n, -n) }
