package store

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	tableHead  = regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\)[^;]*;`)
	columnName = regexp.MustCompile(`^\s+([a-z_]+) (?:BIGINT|INTEGER|TEXT|BYTEA|BLOB)`)
	indexText  = regexp.MustCompile(`CREATE (?:UNIQUE )?INDEX [^;]+;`)
)

// shape reads the tables, columns and indexes out of one engine's migrations.
func shape(t *testing.T, engine Engine) (shape []string) {
	t.Helper()
	steps, err := migrations(engine)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		shape = append(shape, "step "+step.name)
		for _, table := range tableHead.FindAllStringSubmatch(step.text, -1) {
			for _, line := range strings.Split(table[2], "\n") {
				if c := columnName.FindStringSubmatch(line); c != nil {
					shape = append(shape, table[1]+"."+c[1])
				}
			}
		}
		shape = append(shape, indexText.FindAllString(step.text, -1)...)
	}
	return shape
}

func TestMigrationsDescribeTheSameTables(t *testing.T) {
	sqlite, postgres := shape(t, SQLite), shape(t, Postgres)
	if len(sqlite) < 100 {
		t.Fatalf("read only %d tables, columns and indexes: the reader of this test is broken", len(sqlite))
	}
	if !slices.Equal(sqlite, postgres) {
		for _, s := range sqlite {
			if !slices.Contains(postgres, s) {
				t.Errorf("only in sqlite: %s", s)
			}
		}
		for _, s := range postgres {
			if !slices.Contains(sqlite, s) {
				t.Errorf("only in postgres: %s", s)
			}
		}
		t.Error("the migrations of the two engines differ")
	}
}
