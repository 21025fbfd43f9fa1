// Package demo fills a new desk with the demo of a fictional city (the files
// of configs/demo), by way of the domain's own use cases at the times the
// story says, so that what a visitor sees is what the desk really does.
package demo

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"replydesk/configs/demo"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// Department is a row of departments.json.
type Department struct {
	Code      string `json:"code"`
	Name      string `json:"name"`
	ShortName string `json:"short_name"`
	Parent    string `json:"parent"` // the code of the one it stands below, which comes before it
}

// Account is a row of accounts.json.
type Account struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	// Menu is the account's menu under the chat; Bot the bot's settings, none
	// where people answer everything.
	Menu []MenuItem      `json:"menu"`
	Bot  json.RawMessage `json:"bot"`
}

// MenuItem is a command of an account's menu.
type MenuItem struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

// menuOf is the menu of the account with the name.
func (d Data) menuOf(name string) []MenuItem {
	for _, a := range d.Accounts {
		if a.Name == name {
			return a.Menu
		}
	}
	return nil
}

// Template is a row of templates.json.
type Template struct {
	Name     string `json:"name"`
	Category string `json:"category"`
	Text     string `json:"text"`
}

// User is a row of users.json.
type User struct {
	Username   string    `json:"username"`
	Name       string    `json:"name"`
	Role       desk.Role `json:"role"`
	Department *string   `json:"department"` // a department's code
	Head       bool      `json:"head"`       // leads the department
}

// conversation is a line of conversations.jsonl.
type conversation struct {
	Key      string   `json:"key"`
	Account  string   `json:"account"`
	Kind     string   `json:"kind"`
	Contact  string   `json:"contact"`
	Post     *post    `json:"post"`
	Priority string   `json:"priority"`
	Tags     []string `json:"tags"`
	Steps    []step   `json:"steps"`
}

type post struct {
	Title      string `json:"title"`
	ExternalID string `json:"external_id"`
}

// step is one thing that happened.
type step struct {
	Ago        string          `json:"ago"`
	Do         string          `json:"do"`
	By         string          `json:"by"`
	To         string          `json:"to"`
	Text       string          `json:"text"`
	Type       string          `json:"type"`
	Data       json.RawMessage `json:"data"`
	Entry      string          `json:"entry"`
	Department string          `json:"department"`
	Co         []string        `json:"co"`  // departments that help
	For        string          `json:"for"` // how long, of an extension
	Remark     string          `json:"remark"`
	Reason     string          `json:"reason"`
	Code       string          `json:"code"`
}

// asking is a line of asked.jsonl: what a citizen asked the bot on the account
// where it answers first, and what a person answered after it.
type asking struct {
	Ago     string   `json:"ago"`
	Contact string   `json:"contact"`
	Asks    []string `json:"asks"`
	Reply   *struct {
		By    string `json:"by"`
		Text  string `json:"text"`
		Entry string `json:"entry"`
	} `json:"reply"`
}

// Times between the steps of an asking.
const (
	nextAsk    = time.Minute
	replyAfter = 25 * time.Minute
	closeAfter = 40 * time.Minute
)

// conversation is the asking as one, with that key and account.
func (a asking) conversation(key, account string) (conversation, error) {
	ago, err := time.ParseDuration(a.Ago)
	if err != nil {
		return conversation{}, err
	}
	c := conversation{Key: key, Account: account, Kind: string(channel.Private), Contact: a.Contact}
	add := func(after time.Duration, s step) {
		s.Ago = (ago - after).String()
		c.Steps = append(c.Steps, s)
	}
	for i, text := range a.Asks {
		add(time.Duration(i)*nextAsk, step{Do: "ask", Text: text})
	}
	if a.Reply != nil {
		add(replyAfter, step{Do: "reply", By: a.Reply.By, Text: a.Reply.Text, Entry: a.Reply.Entry})
		add(closeAfter, step{Do: "close", By: a.Reply.By})
	}
	return c, nil
}

// Data is everything the files hold but the library.
type Data struct {
	Departments   []Department
	Accounts      []Account
	Users         []User
	Templates     []Template
	conversations []conversation
}

// Read reads the files.
func Read() (Data, error) {
	var d Data
	for name, into := range map[string]any{
		"departments.json": &d.Departments, "accounts.json": &d.Accounts, "users.json": &d.Users, "templates.json": &d.Templates,
	} {
		b, err := fs.ReadFile(demo.Files, name)
		if err == nil {
			err = json.Unmarshal(b, into)
		}
		if err != nil {
			return d, fmt.Errorf("demo data %s: %w", name, err)
		}
	}
	conversations, err := lines[conversation]("conversations.jsonl")
	if err != nil {
		return d, err
	}
	asked, err := lines[asking]("asked.jsonl")
	if err != nil {
		return d, err
	}
	bots := slices.IndexFunc(d.Accounts, func(a Account) bool { return len(a.Bot) > 0 })
	for i, a := range asked {
		c, err := a.conversation(fmt.Sprintf("q%03d", i+1), d.Accounts[max(bots, 0)].Key)
		if err != nil {
			return d, fmt.Errorf("demo question %d: %w", i+1, err)
		}
		conversations = append(conversations, c)
	}
	d.conversations = conversations
	return d, nil
}

// lines reads a file of one object a line.
func lines[T any](name string) ([]T, error) {
	b, err := fs.ReadFile(demo.Files, name)
	if err != nil {
		return nil, err
	}
	var out []T
	for scan := bufio.NewScanner(bytes.NewReader(b)); scan.Scan(); {
		var v T
		if err := json.Unmarshal(scan.Bytes(), &v); err != nil {
			return nil, fmt.Errorf("demo data %s, line %d: %w", name, len(out)+1, err)
		}
		out = append(out, v)
	}
	return out, nil
}

// Library returns the FAQ entries as a JSONL import file.
func Library() ([]byte, error) { return fs.ReadFile(demo.Files, "library.jsonl") }

// moment is a step at its time.
type moment struct {
	at   time.Time
	talk *conversation
	n    int // which step of the conversation
}

// story is every step of every conversation in the order of time.
func (d Data) story(now time.Time) ([]moment, error) {
	var out []moment
	for i := range d.conversations {
		c := &d.conversations[i]
		for n, s := range c.Steps {
			ago, err := time.ParseDuration(s.Ago)
			if err != nil {
				return nil, fmt.Errorf("demo conversation %s, step %d: %w", c.Key, n+1, err)
			}
			out = append(out, moment{now.Add(-ago), c, n})
		}
	}
	slices.SortStableFunc(out, func(a, b moment) int { return a.at.Compare(b.at) })
	return out, nil
}
