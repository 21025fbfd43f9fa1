package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"replydesk/app/store"
	"replydesk/app/store/storetest"
	"replydesk/inbox/channel/simulator"
)

// How much a round does, and how long anything may take.
const (
	crashMessages = 500
	crashReplies  = 150
	crashCitizens = 40
	crashWorkers  = 32
	crashPatience = 60 * time.Second
)

// crashRounds is how often each database is killed: DESK_TEST_CRASH_ROUNDS, or 3.
func crashRounds(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(os.Getenv("DESK_TEST_CRASH_ROUNDS"))
	if err != nil || n < 1 {
		return 3
	}
	return n
}

// binary builds the real program once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "desk-binary-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "desk")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// rig is a desk in a process of its own and the platform it talks to.
type rig struct {
	t        *testing.T
	sim      *simulator.Server
	simURL   string
	account  simulator.Account
	addr     string
	env      []string
	process  *exec.Cmd
	log      bytes.Buffer
	client   *http.Client
	csrf     string
	signer   simulator.Signer
	url, dir string
}

const crashPassword = "crash-test-password"

func newRig(t *testing.T, url, dir string) *rig {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	r := &rig{t: t, url: url, dir: dir, client: &http.Client{
		Jar: jar, Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: crashWorkers * 2},
	}}
	r.addr = freeAddr(t)
	simListener := listenLoopback(t, "127.0.0.1:0")
	r.simURL = "http://" + simListener.Addr().String()
	var err error
	if r.sim, err = simulator.New(simulator.Options{BaseURL: r.simURL, Exchanges: -1}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- r.sim.Serve(ctx, simListener) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Errorf("simulator: %v", err)
		}
	})
	r.env = append(os.Environ(), "DESK_ADDR="+r.addr, "DESK_DATA_DIR="+dir, "DESK_DATABASE_URL="+url,
		"DESK_ADMIN_PASSWORD="+crashPassword, "DESK_WECHAT_API_BASE="+r.simURL, "DESK_LOG_LEVEL=warn")
	r.start()
	r.connect()
	return r
}

func listenLoopback(t *testing.T, addr string) net.Listener {
	t.Helper()
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return ln
}

func freeAddr(t *testing.T) string {
	t.Helper()
	ln := listenLoopback(t, "127.0.0.1:0")
	defer ln.Close()
	return ln.Addr().String()
}

// start runs the desk and waits until it is ready.
func (r *rig) start() {
	r.t.Helper()
	path, err := binary()
	if err != nil {
		r.t.Fatal(err)
	}
	r.process = exec.Command(path, "serve")
	r.process.Env, r.process.Stdout, r.process.Stderr = r.env, &r.log, &r.log
	if err := r.process.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.eventually("the desk is ready", func() bool {
		res, err := r.client.Get("http://" + r.addr + "/readyz")
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

// kill ends the desk as a power cut would end the process.
func (r *rig) kill() {
	_ = r.process.Process.Signal(syscall.SIGKILL)
	_ = r.process.Wait()
}

// stop ends the desk in order.
func (r *rig) stop() {
	r.t.Helper()
	_ = r.process.Process.Signal(syscall.SIGTERM)
	if err := r.process.Wait(); err != nil {
		r.t.Fatalf("the desk did not stop in order: %v\n%s", err, r.log.String())
	}
}

func (r *rig) eventually(what string, ok func() bool) {
	r.t.Helper()
	deadline := time.Now().Add(crashPatience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			r.t.Fatalf("%s: not within %v\n%s", what, crashPatience, r.log.String())
		}
		<-tick.C
	}
}

// api calls the desk; out may be nil. It returns the status, 0 when the
// connection broke.
func (r *rig) api(method, path string, in, out any) int {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			panic(err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, "http://"+r.addr+path, body)
	if err != nil {
		panic(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Desk-CSRF", r.csrf)
	res, err := r.client.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return 0
	}
	if out != nil && res.StatusCode < 300 {
		if err := json.Unmarshal(b, out); err != nil {
			panic(fmt.Errorf("%s %s: %w: %s", method, path, err, b))
		}
	}
	return res.StatusCode
}

func (r *rig) must(method, path string, in, out any) {
	r.t.Helper()
	if status := r.api(method, path, in, out); status < 200 || status >= 300 {
		r.t.Fatalf("%s %s: status %d\n%s", method, path, status, r.log.String())
	}
}

// connect signs in and connects one account on both sides.
func (r *rig) connect() {
	r.t.Helper()
	var session struct{ CSRF string }
	r.must("POST", "/api/v1/session", map[string]string{"username": "admin", "password": crashPassword}, &session)
	r.csrf = session.CSRF
	r.account = simulator.Account{
		AppID: "wxcrash0000000001", AppSecret: "crashsecret", Token: "crashtoken", OriginalID: "gh_crash000000001",
		EncodingAESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", Mode: simulator.Safe,
	}
	var account struct{ ID string }
	r.must("POST", "/api/v1/accounts", map[string]any{"platform": "wechat", "name": "crash", "settings": map[string]any{
		"app_id": r.account.AppID, "app_secret": r.account.AppSecret, "token": r.account.Token, "original_id": r.account.OriginalID,
		"encoding_aes_key": r.account.EncodingAESKey, "mode": "safe",
	}}, &account)
	r.account.CallbackURL = "http://" + r.addr + "/hooks/wechat/" + account.ID
	if err := r.sim.AddAccount(r.account); err != nil {
		r.t.Fatal(err)
	}
}

// callback is one message the platform delivers until it is acknowledged.
type callback struct {
	message simulator.Message
	acked   bool
}

// deliver posts a message once, freshly signed as the platform does it.
func (r *rig) deliver(c *callback) bool {
	address, body, err := r.signer.BuildCallback(r.account, c.message)
	if err != nil {
		panic(err)
	}
	res, err := r.client.Post(address, "text/xml", bytes.NewReader(body))
	if err != nil {
		return false
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	c.acked = err == nil && res.StatusCode == http.StatusOK && string(answer) == "success"
	return c.acked
}

func (r *rig) openID(i int) string {
	return simulator.OpenID(r.account.AppID, "市民"+strconv.Itoa(i%crashCitizens))
}

// TestKilledInTheMiddle kills the desk while messages and replies are under
// way, again and again, and counts afterwards: every acknowledged message is
// stored once, every acknowledged reply is there, and none reached a citizen
// twice.
func TestKilledInTheMiddle(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url, dir string) {
		r := newRig(t, url, dir)
		c := &ledger{replies: map[string]bool{}}
		for round := range crashRounds(t) {
			c.round(r, round)
		}
		r.stop()
		c.check(r)
	})
}

// ledger is what the test knows must be true.
type ledger struct {
	mu       sync.Mutex
	messages []*callback
	replies  map[string]bool // text → acknowledged
}

// round lets messages and replies run, kills the desk at a random moment,
// starts it again and lets the platform send again what was not acknowledged.
func (c *ledger) round(r *rig, round int) {
	r.t.Helper()
	// Through the platform, so that the citizens' send windows open there too.
	for i := range crashCitizens {
		if _, err := r.sim.Say(r.t.Context(), r.account.AppID, r.openID(i), "您好，我有事咨询"); err != nil {
			r.t.Fatal(err)
		}
	}
	if err := r.sim.WaitIdle(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	var tickets struct{ Items []struct{ ID string } }
	r.must("GET", "/api/v1/tickets?view=all&limit=200", nil, &tickets)
	if len(tickets.Items) == 0 {
		r.t.Fatal("no tickets")
	}
	// The other half of the citizens wait for their replies in silence, so that
	// not every reply is refused for what was written meanwhile.
	fresh := make([]*callback, crashMessages)
	for i := range fresh {
		fresh[i] = &callback{message: simulator.Message{
			OpenID: r.openID(i % (crashCitizens / 2)), Type: "text", Content: fmt.Sprintf("第 %d 轮第 %d 条", round, i),
			MsgID: int64(round+1)*1_000_000 + int64(i) + 1,
		}}
	}
	c.messages = append(c.messages, fresh...)
	killAt := int64(50 + rand.IntN(crashMessages+crashReplies-100))
	var done, nextMessage, nextReply atomic.Int64
	killed := make(chan struct{})
	var once sync.Once
	step := func() {
		if done.Add(1) == killAt {
			once.Do(func() { r.kill(); close(killed) })
		}
	}
	var wg sync.WaitGroup
	for w := range crashWorkers {
		wg.Go(func() {
			for {
				if w%4 == 0 {
					i := int(nextReply.Add(1)) - 1
					if i >= crashReplies {
						return
					}
					c.reply(r, tickets.Items[i%len(tickets.Items)].ID, fmt.Sprintf("答复 %d-%d", round, i))
				} else {
					i := int(nextMessage.Add(1)) - 1
					if i >= len(fresh) {
						return
					}
					r.deliver(fresh[i])
				}
				step()
			}
		})
	}
	wg.Wait()
	once.Do(func() { r.kill(); close(killed) })
	<-killed
	r.start()
	for _, m := range fresh {
		if !m.acked && !r.deliver(m) {
			r.t.Fatalf("a message that was sent again was not acknowledged\n%s", r.log.String())
		}
	}
}

func (c *ledger) reply(r *rig, ticket, text string) {
	c.mu.Lock()
	c.replies[text] = false
	c.mu.Unlock()
	// Citizens write meanwhile: the reply is refused until its author has seen all.
	for status := http.StatusConflict; status == http.StatusConflict; {
		var seen struct {
			Last int64 `json:"last_event"`
		}
		if status = r.api("GET", "/api/v1/tickets/"+ticket, nil, &seen); status != http.StatusOK {
			return // killed
		}
		status = r.api("POST", "/api/v1/tickets/"+ticket+"/replies", map[string]any{"text": text, "seen_event": seen.Last}, nil)
		if status == http.StatusCreated {
			c.mu.Lock()
			c.replies[text] = true
			c.mu.Unlock()
		}
	}
}

// check reads the database of the stopped desk and the phones.
func (c *ledger) check(r *rig) {
	t := r.t
	t.Helper()
	// The last replies may still wait for their turn: let them out.
	r.start()
	r.eventually("all replies are settled", func() bool {
		var busy int
		db, err := store.Open(t.Context(), r.url, r.dir, storetest.AuditKey(), slog.New(slog.DiscardHandler))
		if err != nil {
			return false
		}
		defer db.Close()
		err = db.QueryRow(t.Context(), `SELECT count(*) FROM replies WHERE state IN ('approved', 'sending')`).Scan(&busy)
		return err == nil && busy == 0
	})
	r.stop()
	db := storetest.Open(t, r.url, r.dir)
	ctx := t.Context()

	stored := map[string]int{}
	rows, err := db.Query(ctx, `SELECT external_id FROM messages`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		stored[id]++
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	for _, m := range c.messages {
		if n := stored[strconv.FormatInt(m.message.MsgID, 10)]; n != 1 {
			t.Errorf("message %d is stored %d times, want once", m.message.MsgID, n)
		}
	}

	shown := map[string]int{}
	for i := range crashCitizens {
		for _, b := range r.sim.Replies(r.account.AppID, r.openID(i)) {
			shown[b.Text]++
		}
	}
	states := map[string]string{}
	rows, err = db.Query(ctx, `SELECT text, state FROM replies`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	tally := map[string]int{}
	for rows.Next() {
		var text, state string
		if err := rows.Scan(&text, &state); err != nil {
			t.Fatal(err)
		}
		if states[text] != "" {
			t.Errorf("reply %q is stored twice", text)
		}
		states[text] = state
		tally[state]++
	}
	for text, acked := range c.replies {
		if acked && states[text] == "" {
			t.Errorf("reply %q was acknowledged and is lost", text)
		}
	}
	for text, state := range states {
		switch n := shown[text]; {
		case n > 1:
			t.Errorf("reply %q reached the citizen %d times", text, n)
		case state == "sent" && n != 1:
			t.Errorf("reply %q is sent and was shown %d times", text, n)
		case state == "failed" && n != 0:
			t.Errorf("reply %q failed and was shown all the same", text)
		}
	}
	for text := range shown {
		if strings.HasPrefix(text, "答复") && states[text] == "" {
			t.Errorf("the citizen has %q, which the desk does not know", text)
		}
	}
	if tally["sent"] == 0 {
		t.Error("no reply was sent: nothing was tried")
	}
	t.Logf("%d messages, replies by state: %v", len(c.messages), tally)
}
