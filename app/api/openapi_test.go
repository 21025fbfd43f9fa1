package api_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the files that the tests compare with")

// TestOpenAPIFile keeps the document the front end's types are made from equal
// to what the server says of itself.
func TestOpenAPIFile(t *testing.T) {
	path := filepath.Join("..", "..", "frontend", "openapi.json")
	got := newDesk(t).server.OpenAPI()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the server describes: run go test ./app/api -run TestOpenAPIFile -update", path)
	}
}
