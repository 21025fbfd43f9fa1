package config

import "strings"

// Problem is one thing that is wrong with the settings. It never holds the value
// of a secret.
type Problem struct {
	// Key is the dotted key of the file, Env the variable. Of something unknown
	// only the one that was found is set.
	Key string
	Env string
	// Where is the file and line, or "environment"; empty for a default.
	Where string
	// Detail says what is wrong and what is allowed.
	Detail string
}

// Error is one line: where, which setting by both its names, what is allowed.
func (p Problem) Error() string {
	name := p.Key + p.Env
	if p.Key != "" && p.Env != "" {
		name = p.Key + " (" + p.Env + ")"
	}
	var line strings.Builder
	for _, part := range []string{p.Where, name} {
		if part != "" {
			line.WriteString(part + ": ")
		}
	}
	return line.String() + p.Detail
}

// Problems is every problem found in one go, in the order of the settings.
type Problems []Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return "settings: " + strings.Join(lines, "\nsettings: ")
}

// Unwrap gives the single problems to errors.As.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

// asError keeps an empty list from becoming a non-nil error.
func (ps Problems) asError() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}
