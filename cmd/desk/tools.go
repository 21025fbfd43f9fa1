package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"replydesk/app"
	"replydesk/app/auth"
	"replydesk/bot/eval"
	"replydesk/faq"
	"replydesk/inbox/desk"
)

// open builds the desk for a tool that works on its data.
func open(e *env) (*app.App, error) {
	cfg, log, err := e.load()
	if err != nil {
		return nil, err
	}
	return app.New(e.ctx, cfg, log, version)
}

type userCmd struct {
	Add    userAddCmd    `cmd:"" help:"Add a user; the password is read from standard input."`
	Passwd userPasswdCmd `cmd:"" help:"Set a user's password, read from standard input."`
}

type userAddCmd struct {
	Username string `arg:"" help:"Name to sign in with."`
	Name     string `help:"Name shown to others." required:""`
	Role     string `help:"What the user may do." enum:"admin,supervisor,staff,liaison" default:"staff"`
}

func (c userAddCmd) Run(e *env) error {
	password, err := readPassword(os.Stdin)
	if err != nil {
		return err
	}
	a, err := open(e)
	if err != nil {
		return err
	}
	role, all := desk.Role(c.Role), true
	_, err = a.Auth.CreateUser(e.ctx, desk.System(), auth.UserInput{
		Username: &c.Username, Name: &c.Name, Role: &role, Password: &password, AllAccounts: &all,
	})
	return errors.Join(err, a.Close())
}

type userPasswdCmd struct {
	Username string `arg:"" help:"Whose password."`
}

func (c userPasswdCmd) Run(e *env) error {
	password, err := readPassword(os.Stdin)
	if err != nil {
		return err
	}
	a, err := open(e)
	if err != nil {
		return err
	}
	return errors.Join(setPassword(e, a, c.Username, password), a.Close())
}

func setPassword(e *env, a *app.App, username, password string) error {
	for cursor := ""; ; {
		page, err := a.Auth.Users(e.ctx, desk.System(), desk.MaxPage, cursor)
		if err != nil {
			return err
		}
		for _, u := range page.Items {
			if u.Username == username {
				_, err := a.Auth.UpdateUser(e.ctx, desk.System(), u.ID, auth.UserInput{Password: &password})
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			return fmt.Errorf("no user %q", username)
		}
	}
}

// readPassword reads one line; a password never stands on the command line,
// where others could see it.
func readPassword(r io.Reader) (string, error) {
	fmt.Fprint(os.Stderr, "Password: ")
	line, err := bufio.NewReader(io.LimitReader(r, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

type faqCmd struct {
	Import faqImportCmd `cmd:"" help:"Import entries from CSV, XLSX or JSONL."`
	Export faqExportCmd `cmd:"" help:"Export all entries."`
	Eval   faqEvalCmd   `cmd:"" help:"Measure search and the bot's decision over an evaluation set."`
	Fit    faqFitCmd    `cmd:"" help:"Find the weights of search from evaluation sets."`
}

type faqImportCmd struct {
	File    string `arg:"" type:"existingfile" help:"The file; its ending tells the format."`
	Publish bool   `help:"Submit what is new or changed for review; the first entries of an empty library are published at once."`
	DryRun  bool   `help:"Only say what would change."`
}

func (c faqImportCmd) Run(e *env) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	a, err := open(e)
	if err != nil {
		return err
	}
	result, err := c.take(e.ctx, a.Library, f)
	if err = errors.Join(err, a.Close()); err != nil {
		return err
	}
	return errors.Join(printJSON(result), imported(result))
}

// take imports the file. Only into a library that has nothing yet it publishes
// past review: then nobody is there to review.
func (c faqImportCmd) take(ctx context.Context, library *faq.Service, f io.Reader) (faq.ImportResult, error) {
	page, err := library.Entries(ctx, desk.System(), faq.Filter{Limit: 1})
	if err != nil {
		return faq.ImportResult{}, err
	}
	return library.Import(ctx, desk.System(), f, faq.ImportOptions{
		Format: format(c.File), Publish: c.Publish, Install: c.Publish && len(page.Items) == 0, DryRun: c.DryRun,
	})
}

// imported is an error when there are rows that were not taken.
func imported(r faq.ImportResult) error {
	if n := len(r.Errors); n > 0 {
		return fmt.Errorf("%d rows were not imported", n)
	}
	return nil
}

type faqExportCmd struct {
	File string `arg:"" type:"path" help:"Where to; its ending (.csv, .xlsx, .jsonl) tells the format."`
}

func (c faqExportCmd) Run(e *env) error {
	a, err := open(e)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.File, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return errors.Join(err, a.Close())
	}
	err = a.Library.Export(e.ctx, desk.System(), f, format(c.File))
	return errors.Join(err, f.Close(), a.Close())
}

func format(path string) faq.Format {
	return faq.Format(strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), "."))
}

type faqEvalCmd struct {
	Dir  string `arg:"" type:"existingdir" help:"Folder with library.jsonl and queries.jsonl."`
	JSON bool   `help:"Print one JSON object."`
}

func (c faqEvalCmd) Run(e *env) error {
	report, err := eval.Run(e.ctx, c.Dir)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(report)
	}
	fmt.Print(report)
	return nil
}

func printJSON(v any) error {
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	return out.Encode(v)
}
