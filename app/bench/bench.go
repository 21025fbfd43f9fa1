// Package bench measures a desk on this machine: through the real server over
// loopback, with real data on disk, each measure beside a floor taken in the
// same run, so that the ratio holds where single times do not. Nothing here is
// used by the desk itself.
package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"replydesk/app"
	"replydesk/app/auth"
	"replydesk/app/config"
	"replydesk/inbox"
	"replydesk/inbox/channel/simulator"
	"replydesk/inbox/desk"
)

// secrets of the account that exists for the time of a benchmark.
const (
	benchAppID    = "wxbench0000000001"
	benchToken    = "benchtoken"
	benchKey      = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	benchOriginal = "gh_bench00000001"
	benchPassword = "bench-password-1"
)

// Options are common to all benchmarks.
type Options struct {
	// Dir is where the data lie while it runs; a folder of its own is made in
	// it and removed. It should be on the disk the desk would use.
	Dir string
	// DatabaseURL is the database; "" is SQLite in Dir.
	DatabaseURL string
}

// rig is a desk that serves on loopback for the time of a benchmark.
type rig struct {
	*app.App
	addr    string
	account int64
	token   string // of an administrator
	signer  simulator.Signer
	stop    func() error
}

// start builds and serves a desk in a new folder, with one WeChat account and
// one administrator.
func start(ctx context.Context, o Options) (*rig, error) {
	dir, err := os.MkdirTemp(o.Dir, "desk-bench-")
	if err != nil {
		return nil, err
	}
	cfg := config.Default()
	cfg.DataDir, cfg.DatabaseURL, cfg.AdminPassword = dir, config.NewSecret(o.DatabaseURL), config.NewSecret(benchPassword)
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	cfg.Addr = ln.Addr().String()
	cfg.BaseURL = config.DefaultBaseURL(cfg.Addr)
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, err := app.New(ctx, cfg, log, "bench")
	if err != nil {
		return nil, errors.Join(err, ln.Close(), os.RemoveAll(dir))
	}
	r := &rig{App: a, addr: cfg.Addr}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- a.Serve(ctx, ln) }()
	r.stop = func() error {
		cancel()
		return errors.Join(<-ended, a.Close(), os.RemoveAll(dir))
	}
	if err := r.fill(ctx); err != nil {
		return nil, errors.Join(err, r.stop())
	}
	return r, nil
}

func (r *rig) fill(ctx context.Context) error {
	platform, name := "wechat", "bench"
	acc, err := r.Accounts.CreateAccount(ctx, desk.System(), inbox.AccountInput{
		Platform: &platform, Name: &name,
		Settings: map[string]any{
			"app_id": benchAppID, "app_secret": "benchsecret", "token": benchToken,
			"encoding_aes_key": benchKey, "mode": "safe", "original_id": benchOriginal,
		},
	})
	if err != nil {
		return err
	}
	r.account = acc.ID
	_, who, err := r.Auth.SignIn(ctx, auth.Credentials{Username: "admin", Password: benchPassword, Address: "127.0.0.1"})
	if err != nil {
		return err
	}
	_, r.token, err = r.Auth.CreateToken(ctx, who, "bench", time.Time{})
	return err
}

// staff adds n users who can be assigned tickets.
func (r *rig) staff(ctx context.Context, n int) ([]int64, error) {
	ids := make([]int64, 0, n)
	for i := range n {
		username, role, all := fmt.Sprintf("staff%03d", i+1), desk.Staff, true
		password := benchPassword
		u, err := r.Auth.CreateUser(ctx, desk.System(), auth.UserInput{
			Username: &username, Name: &username, Role: &role, Password: &password, AllAccounts: &all,
		})
		if err != nil {
			return nil, err
		}
		ids = append(ids, u.ID)
	}
	return ids, nil
}

// Machine is what the figures were taken on.
type Machine struct {
	CPU   string `json:"cpu"`
	Cores int    `json:"cores"`
	Go    string `json:"go"`
}

func machine() Machine {
	m := Machine{Cores: runtime.GOMAXPROCS(0), Go: runtime.Version(), CPU: runtime.GOARCH}
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return m
	}
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			m.CPU = strings.TrimSpace(value)
			break
		}
	}
	return m
}

// Report is the result of one benchmark.
type Report interface {
	// Lines are for people, one figure a line.
	Lines() []string
}

// Print writes a report as JSON or as lines.
func Print(report Report, asJSON bool, say func(string)) error {
	if asJSON {
		b, err := json.Marshal(report)
		if err != nil {
			return err
		}
		say(string(b) + "\n")
		return nil
	}
	for _, line := range report.Lines() {
		say(line + "\n")
	}
	return nil
}

// round keeps two decimals, for reports.
func round(f float64) float64 { return float64(int64(f*100+0.5)) / 100 }
