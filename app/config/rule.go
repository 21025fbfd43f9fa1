package config

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the binary must know its zone on a machine without zone files
	"unicode"
	"unicode/utf8"
)

// The rules a text may have to follow. None of them touches the network or a file.

func notEmpty(s string) bool { return s != "" && !strings.ContainsRune(s, 0) }

func isAddr(s string) bool {
	host, port, err := net.SplitHostPort(s)
	if err != nil || strings.ContainsAny(host, " /@") {
		return false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n <= 65535
}

// isURL wants an http or https address without user, query or fragment: paths are
// appended to it.
func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		u.User == nil && u.RawQuery == "" && !u.ForceQuery && u.Fragment == ""
}

func hasScheme(schemes ...string) func(string) bool {
	return func(s string) bool {
		u, err := url.Parse(s)
		if err != nil {
			return false
		}
		return slices.Contains(schemes, u.Scheme) && (u.Host != "" || u.Query().Get("host") != "")
	}
}

func isPassword(s string) bool {
	return len(s) <= 256 && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func isKey(s string) bool {
	_, err := ParseKey(NewSecret(s))
	return err == nil
}

func isToken(s string) bool {
	return len(s) <= 4096 && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	})
}

func isModel(s string) bool {
	return len(s) <= 200 && !strings.ContainsFunc(s, unicode.IsControl)
}

func isZone(s string) bool {
	if s == "" || s == "Local" { // both would depend on the machine
		return false
	}
	_, err := time.LoadLocation(s)
	return err == nil
}

// Networks reads addresses and CIDR ranges of a setting.
func Networks(list []string) ([]netip.Prefix, error) {
	out := make([]netip.Prefix, 0, len(list))
	for _, text := range list {
		if a, err := netip.ParseAddr(text); err == nil {
			a = a.Unmap()
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		out = append(out, p.Masked())
	}
	return out, nil
}
