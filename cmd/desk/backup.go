package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"replydesk/app"
	"replydesk/app/store"
)

type backupCmd struct {
	File    string `arg:"" type:"path" help:"Where to; it must not exist yet."`
	WithKey bool   `help:"Put the secret key into the file too. Who has such a file has the platform secrets."`
}

func (c backupCmd) Run(e *env) error {
	cfg, _, err := e.load()
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.File, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	end, err := app.Backup(e.ctx, cfg, version, c.WithKey, f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(c.File))
	}
	var rows int64
	for _, n := range end.Rows {
		rows += n
	}
	fmt.Printf("%d rows of %d tables, %d files\n", rows, len(end.Rows), end.Files)
	if !c.WithKey {
		fmt.Println("the secret key is not in the file: keep it apart (secret.key in the data folder, or DESK_SECRET_KEY)")
	}
	return nil
}

type restoreCmd struct {
	File string `arg:"" type:"existingfile" help:"A file desk backup has written."`
}

func (c restoreCmd) Run(e *env) error {
	cfg, log, err := e.load()
	if err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	manifest, end, err := app.Restore(e.ctx, cfg, log, f)
	if err != nil {
		return err
	}
	fmt.Printf("restored the backup of %s: %d tables, %d files\n", manifest.MadeAt.Format("2006-01-02 15:04"), len(end.Rows), end.Files)
	return nil
}

type doctorCmd struct {
	JSON      bool   `help:"Print a JSON array."`
	AuditHead string `help:"A head of the audit noted earlier, as number:code; its rows must still be there." placeholder:"HEAD"`
}

// errFaults ends doctor when something is wrong.
var errFaults = errors.New("there are faults")

func (c doctorCmd) Run(e *env) error {
	cfg, _, err := e.load()
	if err != nil {
		return err
	}
	known, err := parseHead(c.AuditHead)
	if err != nil {
		return err
	}
	findings := app.Doctor(e.ctx, cfg, known)
	if c.JSON {
		err = printJSON(findings)
	}
	for _, f := range findings {
		if !c.JSON {
			fmt.Printf("%-8s %-12s %s\n", f.State, f.Name, f.Text)
		}
		if f.State == "fault" {
			err = errFaults
		}
	}
	return err
}

func parseHead(text string) (store.AuditHead, error) {
	if text == "" {
		return store.AuditHead{}, nil
	}
	number, code, ok := strings.Cut(text, ":")
	seq, err := strconv.ParseInt(number, 10, 64)
	if !ok || err != nil || code == "" {
		return store.AuditHead{}, errors.New("--audit-head: want number:code, as doctor prints it")
	}
	return store.AuditHead{Seq: seq, MAC: code}, nil
}
