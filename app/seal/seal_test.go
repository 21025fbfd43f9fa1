package seal_test

import (
	"bytes"
	"os"
	"testing"

	"replydesk/app/seal"
)

func TestSealAndOpen(t *testing.T) {
	key, _, err := seal.Key(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	box, err := seal.New(key)
	if err != nil {
		t.Fatal(err)
	}
	sealed := box.Seal("account/1", []byte("fake secret"))
	if bytes.Contains(sealed, []byte("fake")) {
		t.Fatal("the sealed value shows the secret")
	}
	plain, err := box.Open("account/1", sealed)
	if err != nil || string(plain) != "fake secret" {
		t.Fatalf("open = %q, %v", plain, err)
	}
	if _, err := box.Open("account/2", sealed); err == nil {
		t.Error("a value moved to another place must not open")
	}
	other, _ := seal.New(bytes.Repeat([]byte{7}, seal.KeySize))
	if _, err := other.Open("account/1", sealed); err == nil {
		t.Error("another key must not open")
	}
	for i := range sealed {
		broken := bytes.Clone(sealed)
		broken[i] ^= 1
		if _, err := box.Open("account/1", broken); err == nil {
			t.Errorf("byte %d changed: must not open", i)
		}
	}
	if _, err := box.Open("account/1", nil); err == nil {
		t.Error("nothing must not open")
	}
}

func TestKeyIsKept(t *testing.T) {
	dir := t.TempDir()
	first, keep, err := seal.Key(dir)
	if err != nil {
		t.Fatal(err)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Fatalf("a key nobody keeps is in the folder: %v, %v", files, err)
	}
	if err := keep(); err != nil {
		t.Fatal(err)
	}
	second, again, err := seal.Key(dir)
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("second key differs, %v", err)
	}
	if err := again(); err != nil {
		t.Errorf("keeping a key that is kept: %v", err)
	}
	if _, err := seal.New(first[:16]); err == nil {
		t.Error("a short key must be refused")
	}
}
