package demo

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"replydesk/app"
	"replydesk/app/auth"
	"replydesk/app/config"
	"replydesk/faq"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// keep is what the demo remembers beside the desk's data.
type keep struct {
	Password string `json:"password"`
	Seeding  bool   `json:"seeding"` // true until the demo data are complete
}

// Run runs the desk with its demo until ctx ends: a WeChat simulator at phone,
// and, in an empty data folder, the fictional city. say prints to the visitor.
func Run(ctx context.Context, cfg config.Config, log *slog.Logger, version, phone string, say func(string)) error {
	// The port first: a second demo must not touch the first one's data.
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Addr)
	if err != nil {
		return err
	}
	defer ln.Close()
	kept, err := begin(cfg)
	if err != nil {
		return err
	}
	sim, err := OpenSimulator(phone, filepath.Join(cfg.DataDir, "simulator.jsonl"), log)
	if err != nil {
		return err
	}
	cfg = cfg.Reachable() // citizens are on this machine
	cfg.WeChat.APIBase = sim.URL()
	a, err := app.New(ctx, cfg, log, version)
	if err != nil {
		return errors.Join(err, sim.Close(ctx))
	}
	defer func() {
		if err := a.Close(); err != nil {
			log.Error("closing failed", "err", err)
		}
	}()
	if kept.Seeding {
		say("Preparing the demo …\n")
		if err := seed(ctx, a, sim, kept.Password); err != nil {
			return errors.Join(fmt.Errorf("prepare the demo: %w", err), sim.Close(ctx))
		}
		kept.Seeding = false
		if err := save(cfg.DataDir, kept); err != nil {
			return err
		}
	} else if err := connect(ctx, a, sim); err != nil {
		return errors.Join(err, sim.Close(ctx))
	}
	text, err := banner(cfg, sim.URL(), kept.Password)
	if err != nil {
		return errors.Join(err, sim.Close(ctx))
	}
	say(text)

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	phoneEnded := make(chan error, 1)
	go func() { phoneEnded <- sim.Run(ctx) }()
	err = a.Serve(ctx, ln)
	stop()
	return errors.Join(err, <-phoneEnded)
}

// begin reads what the demo remembers. A demo that was killed while its data
// were being written begins again from nothing.
func begin(cfg config.Config) (keep, error) {
	var kept keep
	b, err := os.ReadFile(filepath.Join(cfg.DataDir, "demo.json"))
	if err == nil {
		err = json.Unmarshal(b, &kept)
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		if _, err := os.Stat(filepath.Join(cfg.DataDir, "desk.db")); err == nil {
			return kept, fmt.Errorf("%s holds a desk that is not the demo; set DESK_DATA_DIR to another folder", cfg.DataDir)
		}
		kept = keep{Password: newPassword(), Seeding: true}
		if cfg.AdminPassword.IsSet() {
			if err := auth.CheckPassword("DESK_ADMIN_PASSWORD", "admin", cfg.AdminPassword.Reveal()); err != nil {
				return kept, err
			}
			kept.Password = cfg.AdminPassword.Reveal()
		}
		if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
			return kept, err
		}
		return kept, save(cfg.DataDir, kept)
	case err != nil:
		return kept, fmt.Errorf("demo.json: %w", err)
	case !kept.Seeding:
		return kept, nil
	}
	if cfg.DatabaseURL.IsSet() {
		return kept, errors.New("the demo's last start did not finish: empty its PostgreSQL database and the data folder, then start again")
	}
	for _, name := range []string{"desk.db", "desk.db-wal", "desk.db-shm", "index", "media", "simulator.jsonl", "simulator.jsonl.media"} {
		if err := os.RemoveAll(filepath.Join(cfg.DataDir, name)); err != nil {
			return kept, err
		}
	}
	return kept, nil
}

func save(dataDir string, kept keep) error {
	b, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	path := filepath.Join(dataDir, "demo.json")
	if err := os.WriteFile(path+".part", b, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// newPassword is short enough to type and good enough for a page on loopback.
func newPassword() string { return strings.ToLower(rand.Text()[:12]) }

// seed fills an empty desk.
func seed(ctx context.Context, a *app.App, sim *Simulator, password string) error {
	data, err := Read()
	if err != nil {
		return err
	}
	s := Story{
		Store: a.Store, Limits: a.Channels, Rules: a.Rules(), Now: time.Now(), Bot: a.NewBot,
		Accounts: map[string]int64{}, Users: map[string]desk.Actor{}, Entries: map[string]int64{},
	}
	// The accounts' menus name its entries.
	if err := addLibrary(ctx, a.Library, &s); err != nil {
		return err
	}
	appIDs := map[string]string{}
	for _, acc := range data.Accounts {
		id, appID, err := addAccount(ctx, a, acc)
		if err != nil {
			return err
		}
		s.Accounts[acc.Key], appIDs[acc.Key] = id, appID
	}
	if err := connect(ctx, a, sim); err != nil {
		return err
	}
	s.Phone = phones{sim.server, appIDs}
	if s.departments, err = data.addDepartments(ctx, s); err != nil {
		return err
	}
	if err := data.addTemplates(ctx, s); err != nil {
		return err
	}
	if err := data.addUsers(ctx, a.Auth, password, &s); err != nil {
		return err
	}
	if err := s.propose(ctx, a.Library); err != nil {
		return err
	}
	// The bot of the story searches what was published just now.
	if err := a.Index.Reconcile(ctx); err != nil {
		return err
	}
	return data.Play(ctx, s)
}

// addAccount connects a demo account with secrets of its own.
func addAccount(ctx context.Context, a *app.App, acc Account) (id int64, appID string, err error) {
	appID = "wxdemo" + strings.ToLower(rand.Text()[:12])
	platform, group, bot := "wechat", "安澜市", len(acc.Bot) > 0
	made, err := a.Accounts.CreateAccount(ctx, desk.System(), inbox.AccountInput{
		Platform: &platform, Name: &acc.Name, Group: &group, BotEnabled: &bot, Bot: acc.Bot,
		Settings: map[string]any{
			"app_id": appID, "app_secret": strings.ToLower(rand.Text()), "token": strings.ToLower(rand.Text()),
			"encoding_aes_key": (rand.Text() + rand.Text())[:43], "mode": "safe", "original_id": "gh_" + strings.ToLower(rand.Text()[:12]),
		},
	})
	return made.ID, appID, err
}

// connect opens the desk's WeChat accounts on the simulator.
func connect(ctx context.Context, a *app.App, sim *Simulator) error {
	data, err := Read()
	if err != nil {
		return err
	}
	accounts, err := a.Sealed.StoredAccounts(ctx)
	if err != nil {
		return err
	}
	for _, acc := range accounts {
		if acc.Platform != "wechat" {
			continue
		}
		var settings struct {
			AppID      string `json:"app_id"`
			Secret     string `json:"app_secret"`
			Token      string `json:"token"`
			Key        string `json:"encoding_aes_key"`
			OriginalID string `json:"original_id"`
			Mode       string `json:"mode"`
		}
		if err := json.Unmarshal(acc.Settings, &settings); err != nil {
			return err
		}
		err := sim.AddAccount(SimulatedAccount{
			Name: acc.Name, AppID: settings.AppID, Secret: settings.Secret, Token: settings.Token, Key: settings.Key,
			Mode: settings.Mode, OriginalID: settings.OriginalID, Menu: data.menuOf(acc.Name),
			Callback: fmt.Sprintf("%s/hooks/wechat/%d", loopback(a.Config.Addr), acc.ID),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// loopback is how the simulator, on the same machine, reaches the desk.
func loopback(addr string) string { return config.DefaultBaseURL(addr) }

// addDepartments makes the departments and returns their ids by code.
func (d Data) addDepartments(ctx context.Context, s Story) (map[string]int64, error) {
	service, err := inbox.NewService(s.Store, s.Limits, s.Rules, time.Now)
	if err != nil {
		return nil, err
	}
	ids := map[string]int64{}
	for _, dep := range d.Departments {
		parent := ids[dep.Parent]
		id, err := service.AddDepartment(ctx, desk.System(), inbox.DepartmentInput{
			Code: &dep.Code, Name: &dep.Name, ShortName: &dep.ShortName, ParentID: &parent,
		})
		if err != nil {
			return nil, fmt.Errorf("demo department %s: %w", dep.Code, err)
		}
		ids[dep.Code] = id
	}
	return ids, nil
}

// addTemplates writes the reply templates.
func (d Data) addTemplates(ctx context.Context, s Story) error {
	service, err := inbox.NewService(s.Store, s.Limits, s.Rules, time.Now)
	if err != nil {
		return err
	}
	for _, t := range d.Templates {
		_, err := service.SaveTemplate(ctx, desk.System(), 0, inbox.TemplateInput{Name: &t.Name, Category: &t.Category, Text: &t.Text})
		if err != nil {
			return fmt.Errorf("demo template %s: %w", t.Name, err)
		}
	}
	return nil
}

// addUsers makes the people of the demo; admin may exist already.
func (d Data) addUsers(ctx context.Context, users *auth.Service, password string, s *Story) error {
	if _, err := users.EnsureAdmin(ctx, password); err != nil {
		return err
	}
	for _, u := range d.Users {
		if u.Username == "admin" {
			continue
		}
		all, department := true, int64(0)
		if u.Department != nil {
			department = s.departments[*u.Department]
		}
		made, err := users.CreateUser(ctx, desk.System(), auth.UserInput{
			Username: &u.Username, Name: &u.Name, Role: &u.Role, Password: &password, AllAccounts: &all, DepartmentID: &department,
		})
		if err != nil {
			return fmt.Errorf("demo user %s: %w", u.Username, err)
		}
		s.Users[u.Username] = made.Actor()
	}
	return d.setHeads(ctx, s)
}

// setHeads names who leads a department.
func (d Data) setHeads(ctx context.Context, s *Story) error {
	service, err := inbox.NewService(s.Store, s.Limits, s.Rules, time.Now)
	if err != nil {
		return err
	}
	for _, u := range d.Users {
		if !u.Head {
			continue
		}
		who := s.Users[u.Username]
		err := service.ChangeDepartment(ctx, desk.System(), who.DepartmentID, inbox.DepartmentInput{HeadIDs: []int64{who.UserID}})
		if err != nil {
			return fmt.Errorf("demo head %s: %w", u.Username, err)
		}
	}
	return nil
}

// addLibrary imports the standard answers and notes their ids by code.
func addLibrary(ctx context.Context, library *faq.Service, s *Story) error {
	file, err := Library()
	if err != nil {
		return err
	}
	result, err := library.Import(ctx, desk.System(), bytes.NewReader(file), faq.ImportOptions{Format: "jsonl", Install: true})
	if err != nil {
		return err
	}
	if len(result.Errors) > 0 {
		return fmt.Errorf("demo library, row %d: %s", result.Errors[0].Row, result.Errors[0].Message)
	}
	for cursor := ""; ; {
		page, err := library.Entries(ctx, desk.System(), faq.Filter{Limit: desk.MaxPage, Cursor: cursor})
		if err != nil {
			return err
		}
		for _, e := range page.Items {
			s.Entries[e.Code] = int64(e.ID)
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}

// banner tells where to click: one phone page with an account where people
// answer, one with an account where the bot answers first.
func banner(cfg config.Config, phone, password string) (string, error) {
	data, err := Read()
	if err != nil {
		return "", err
	}
	page := func(bot bool) string {
		i := slices.IndexFunc(data.Accounts, func(a Account) bool { return len(a.Bot) > 0 == bot })
		return phone + "/phone?account=" + url.QueryEscape(data.Accounts[max(i, 0)].Name)
	}
	return fmt.Sprintf(`
  Reply Desk 回复台 is open.

    Desk           %s
    Citizen phone  %s
                   以市民身份提问，例如：居住证怎么办理。由工作人员答复 (people answer)
                   %s
                   机器人先答复 (the bot answers first)

    Sign in as     li.min       回复员 (staff)
                   zhou.min     督办 (supervisor)
                   wang.tao     联络员 (liaison)
                   admin        管理员 (administrator)
    Password       %s     (all demo users)

    Data           %s     (remove the folder to begin again)
    Stop           Ctrl+C

`, cfg.BaseURL, page(false), page(true), password, cfg.DataDir), nil
}
