package sla

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"time"
	"unicode/utf8"
)

// Limits of a year's exceptions.
const (
	maxDays     = 200
	maxDayRunes = 40
	firstYear   = 2000
	lastYear    = 2200
)

// yearFile is a year as it is published.
type yearFile struct {
	Year int `json:"year"`
	Days []struct {
		Date string `json:"date"`
		Name string `json:"name"`
		Off  bool   `json:"isOffDay"`
	} `json:"days"`
}

// LoadHolidays reads the files cn-YYYY.json of a folder.
func LoadHolidays(files fs.FS) (map[int][]Day, error) {
	names, err := fs.Glob(files, "cn-*.json")
	if err != nil {
		return nil, err
	}
	years := map[int][]Day{}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		var f yearFile
		if err := json.Unmarshal(data, &f); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		days := make([]Day, len(f.Days))
		for i, d := range f.Days {
			days[i] = Day{Date: Date(d.Date), Name: d.Name, Off: d.Off}
		}
		if err := ValidateYear(f.Year, days); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		years[f.Year] = days
	}
	return years, nil
}

// ValidateYear reports what is wrong with the exceptions of a year: each is a
// day of that year or of the December before, stands once and has a name. One without any holiday is
// refused: it would silence the warning that the year is missing.
func ValidateYear(year int, days []Day) error {
	if year < firstYear || year > lastYear {
		return fmt.Errorf("year %d: want %d to %d", year, firstYear, lastYear)
	}
	if len(days) > maxDays {
		return fmt.Errorf("%d days, want at most %d", len(days), maxDays)
	}
	seen := map[Date]bool{}
	for _, d := range days {
		at, err := time.Parse(time.DateOnly, string(d.Date))
		// An announcement may reach back over new year's eve.
		if err != nil || at.Year() != year && !(at.Year() == year-1 && at.Month() == time.December) {
			return fmt.Errorf("%q is not a day of %d", d.Date, year)
		}
		if seen[d.Date] {
			return fmt.Errorf("%s stands twice", d.Date)
		}
		if n := utf8.RuneCountInString(d.Name); n == 0 || n > maxDayRunes || !utf8.ValidString(d.Name) {
			return fmt.Errorf("%s needs a name of at most %d characters", d.Date, maxDayRunes)
		}
		seen[d.Date] = true
	}
	if !slices.ContainsFunc(days, func(d Day) bool { return d.Off }) {
		return fmt.Errorf("%d has no holiday", year)
	}
	return nil
}
