package config

import (
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// setting binds one key to one field of a Config.
type setting struct {
	key     string
	allowed string // what may stand here, for the error and the help text
	secret  bool
	list    bool
	// set parses what a source says into the field and reports whether it has the
	// right form; if not the field is left alone. Only a list gets more than one item.
	set func(items []string) bool
	// ok reports whether the field's value is allowed.
	ok func() bool
	// show writes the value as the file would.
	show func() string
}

func (s setting) refuse(value, where string) Problem {
	detail := "this value is not allowed"
	if !s.secret {
		const most = 100
		if len(value) > most {
			value = value[:most] + "…"
		}
		detail = strconv.Quote(value) + " is not allowed"
	}
	return Problem{Key: s.key, Env: envOf(s.key), Where: where, Detail: detail + ", want " + s.allowed}
}

// single builds the settings that hold one value.
func single[T any](key string, p *T, allowed string, parse func(string) (T, bool), ok func(T) bool, show func(T) string) setting {
	return setting{
		key: key, allowed: allowed,
		set: func(items []string) bool {
			v, good := parse(items[0])
			if good {
				*p = v
			}
			return good
		},
		ok:   func() bool { return ok(*p) },
		show: func() string { return show(*p) },
	}
}

// many builds the settings that hold a list.
func many[T any](key string, p *[]T, allowed string, parse func(string) (T, bool), ok func([]T) bool) setting {
	return setting{
		key: key, allowed: allowed, list: true,
		set: func(items []string) bool {
			out := make([]T, 0, len(items))
			for _, item := range items {
				v, good := parse(item)
				if !good {
					return false
				}
				out = append(out, v)
			}
			*p = out
			return true
		},
		ok: func() bool { return ok(*p) },
		show: func() string {
			texts := make([]string, len(*p))
			for i, v := range *p {
				texts[i] = fmt.Sprint(v)
			}
			return "[" + strings.Join(texts, ", ") + "]"
		},
	}
}

func trimmed(s string) (string, bool) { return strings.TrimSpace(s), true }

func same(s string) string { return s }

func text(key string, p *string, allowed string, ok func(string) bool) setting {
	return single(key, p, allowed, trimmed, ok, same)
}

func secret(key string, p *Secret, allowed string, ok func(string) bool) setting {
	s := single(key, p, allowed,
		func(s string) (Secret, bool) { return NewSecret(s), true },
		func(v Secret) bool { return !v.IsSet() || ok(v.Reveal()) },
		Secret.String)
	s.secret = true
	return s
}

// endpoint is an http or https address that may be empty; a final slash is dropped.
func endpoint(key string, p *string, allowed string) setting {
	parse := func(s string) (string, bool) { return strings.TrimRight(strings.TrimSpace(s), "/"), true }
	return single(key, p, allowed, parse, func(s string) bool { return s == "" || isURL(s) }, same)
}

// required refuses the empty text as well.
func (s setting) required() setting {
	ok := s.ok
	s.ok = func() bool { return s.show() != "" && ok() }
	return s
}

func duration(key string, p *time.Duration, low, high time.Duration) setting {
	allowed := fmt.Sprintf("a duration from %s to %s, such as 90s, 10m or 24h", showDuration(low), showDuration(high))
	parse := func(s string) (time.Duration, bool) {
		d, err := time.ParseDuration(strings.TrimSpace(s))
		return d, err == nil
	}
	return single(key, p, allowed, parse, func(d time.Duration) bool { return d >= low && d <= high }, showDuration)
}

// showDuration writes 24h for the 24h0m0s of the standard library.
func showDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func parseInt(s string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	return n, err == nil
}

func number(key string, p *int, low, high int) setting {
	allowed := fmt.Sprintf("a whole number from %d to %d", low, high)
	return single(key, p, allowed, parseInt, func(n int) bool { return n >= low && n <= high }, strconv.Itoa)
}

func size(key string, p *int, low, high int) setting {
	allowed := fmt.Sprintf("a size from %s to %s in bytes, KiB, MiB or GiB", showSize(low), showSize(high))
	return single(key, p, allowed, parseSize, func(n int) bool { return n >= low && n <= high }, showSize)
}

// units go from large to small, so that showSize picks the largest that divides.
var units = []struct {
	name  string
	bytes int
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

func parseSize(s string) (int, bool) {
	s = strings.TrimSpace(s)
	for _, u := range units {
		if digits, found := strings.CutSuffix(s, u.name); found {
			n, ok := parseInt(digits)
			if n < 0 || n > (1<<62)/u.bytes {
				return 0, false
			}
			return n * u.bytes, ok
		}
	}
	return parseInt(s)
}

func showSize(n int) string {
	for _, u := range units {
		if n != 0 && n%u.bytes == 0 {
			return strconv.Itoa(n/u.bytes) + u.name
		}
	}
	return strconv.Itoa(n)
}

func choice[T ~string](key string, p *T, values ...T) setting {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = string(v)
	}
	parse := func(s string) (T, bool) { return T(strings.ToLower(strings.TrimSpace(s))), true }
	ok := func(v T) bool { return slices.Contains(values, v) }
	return single(key, p, strings.Join(names, " or "), parse, ok, func(v T) string { return string(v) })
}

func level(key string, p *slog.Level, levels ...slog.Level) setting {
	show := func(l slog.Level) string { return strings.ToLower(l.String()) }
	names := make([]string, len(levels))
	for i, l := range levels {
		names[i] = show(l)
	}
	parse := func(s string) (slog.Level, bool) {
		i := slices.Index(names, strings.ToLower(strings.TrimSpace(s)))
		if i < 0 {
			return 0, false
		}
		return levels[i], true
	}
	ok := func(l slog.Level) bool { return slices.Contains(levels, l) }
	return single(key, p, strings.Join(names, " or "), parse, ok, show)
}

func yesNo(key string, p *bool) setting {
	parse := func(s string) (bool, bool) {
		s = strings.ToLower(strings.TrimSpace(s))
		return s == "true", s == "true" || s == "false"
	}
	return single(key, p, "true or false", parse, func(bool) bool { return true }, strconv.FormatBool)
}

func daysBefore(key string, p *[]int) setting {
	return many(key, p, "a list of at most 8 numbers of days from 1 to 366, such as [30, 7]", parseInt, func(list []int) bool {
		return len(list) <= 8 && !slices.ContainsFunc(list, func(n int) bool { return n < 1 || n > 366 })
	})
}

func percentages(key string, p *[]int) setting {
	return many(key, p, "a rising list of at most 8 percentages from 1 to 99, such as [50, 80]", parseInt, func(list []int) bool {
		last := 0
		for _, n := range list {
			if n <= last || n > 99 {
				return false
			}
			last = n
		}
		return len(list) <= 8
	})
}

func hosts(key string, p *[]string) setting {
	return many(key, p, "a list of host names, such as [gov.cn]", trimmed, func(list []string) bool {
		return !slices.ContainsFunc(list, func(host string) bool {
			return host == "" || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" || strings.Trim(host, ".-") != host
		})
	})
}

func codes(key string, p *[]int) setting {
	return many(key, p, "a list of at most 50 whole numbers, such as [45009, 130101]", parseInt, func(list []int) bool { return len(list) <= 50 })
}

func readers(key string, p *[]string) setting {
	known := []string{Assignee, "staff", "liaison", "supervisor", "admin"}
	return many(key, p, "a list of "+strings.Join(known, ", "), trimmed, func(list []string) bool {
		return !slices.ContainsFunc(list, func(who string) bool { return !slices.Contains(known, who) })
	})
}

func networks(key string, p *[]string) setting {
	return many(key, p, "a list of IP addresses or CIDR ranges, such as [10.0.0.0/8]", trimmed, func(list []string) bool {
		for _, s := range list {
			_, rangeErr := netip.ParsePrefix(s)
			_, addrErr := netip.ParseAddr(s)
			if rangeErr != nil && addrErr != nil {
				return false
			}
		}
		return true
	})
}
