package livebench_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"replydesk/app/kv"
	"replydesk/app/live"
	"replydesk/app/live/livebench"
	"replydesk/inbox/desk"
)

// asClient is the argument that makes the test binary a client process.
const asClient = "livebench-client"

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == asClient {
		if err := livebench.RunClient(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// log is a Source in memory.
type log struct {
	mu     sync.Mutex
	events []desk.Event
}

func (l *log) EventsAfter(_ context.Context, after int64, limit int) ([]desk.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := min(int(after), len(l.events))
	return l.events[first:min(first+limit, len(l.events))], nil
}

func (l *log) Head(context.Context) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.events)), nil
}

func (l *log) commit() {
	e := desk.NewEvent("message.received", time.Now(), map[string]string{"text": strings.Repeat("x", 370)})
	e.TicketID, e.AccountID = 7, 3
	l.mu.Lock()
	defer l.mu.Unlock()
	e.ID = int64(len(l.events) + 1)
	l.events = append(l.events, e)
}

// target is a hub on a real Fiber server.
func target(tb testing.TB) livebench.Target {
	tb.Helper()
	src := &log{}
	src.commit()
	hub := live.New(live.Options{Source: src, Shared: kv.NewMemory(time.Now),
		MaySee: func(context.Context, desk.Actor, int64) bool { return true }})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = hub.Run(ctx) })

	actor := desk.Actor{UserID: 1, Role: desk.Staff, AccountIDs: []int64{1, 2, 3, 5, 8}}
	app := fiber.New(fiber.Config{DisableStartupMessage: true, ReadBufferSize: 16 << 10})
	app.Server().KeepHijackedConns = true
	app.Get("/api/v1/live", func(c *fiber.Ctx) error {
		header := make(http.Header)
		for key, value := range c.Request().Header.All() {
			header.Add(string(key), string(value))
		}
		request := live.Request{Method: "GET", Host: string(c.Request().Host()), Header: header, Actor: actor, Session: "bench"}
		c.Context().HijackSetNoResponse(true)
		c.Context().Hijack(func(conn net.Conn) {
			request.Conn = conn
			hub.Adopt(ctx, request)
		})
		return nil
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	running.Go(func() { _ = app.Listener(ln) })
	tb.Cleanup(func() {
		closing, cancelClosing := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancelClosing()
		_ = hub.Close(closing)
		_ = app.ShutdownWithContext(closing)
		ln.Close() // an app that has not begun to serve does not know it
		cancel()
		running.Wait()
	})
	return livebench.Target{Addr: ln.Addr().String(), Path: "/api/v1/live", Publish: func(context.Context) error {
		src.commit()
		hub.Wake()
		return nil
	}}
}

func TestCompare(t *testing.T) {
	for name, command := range map[string][]string{"own process": {os.Args[0], asClient}, "this process": nil} {
		t.Run(name, func(t *testing.T) {
			result, err := livebench.Compare(t.Context(), livebench.Options{Target: target(t), Sockets: 20, Rounds: 5, Command: command})
			if err != nil {
				t.Fatal(err)
			}
			for _, times := range []livebench.Times{result.Floor, result.Ours} {
				if times.Min <= 0 || times.P50 < times.Min || times.P99 < times.P50 {
					t.Errorf("times %+v", times)
				}
			}
			if result.Bytes < 480 || result.Bytes > 520 || result.Ratio <= 0 || result.Sockets != 20 || result.Rounds != 5 {
				t.Errorf("result %+v", result)
			}
		})
	}
}

func TestCompareNamesWhatIsWrong(t *testing.T) {
	good := target(t)
	silent := good
	silent.Publish = func(context.Context) error { return desk.Errorf(desk.Unavailable, "the store is away") }
	elsewhere := good
	elsewhere.Path = "/nowhere"
	for name, broken := range map[string]livebench.Target{"the store is away": silent, "404": elsewhere} {
		_, err := livebench.Compare(t.Context(), livebench.Options{Target: broken, Sockets: 3, Rounds: 1, Command: []string{os.Args[0], asClient}})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want one that says %q", err, name)
		}
	}
}

func TestIdle(t *testing.T) {
	memory, err := livebench.Idle(t.Context(), livebench.Options{Target: target(t), Sockets: 200, Command: []string{os.Args[0], asClient}})
	if err != nil {
		t.Fatal(err)
	}
	if memory.Before < 1<<20 || memory.After < memory.Before || memory.Sockets != 200 {
		t.Errorf("memory %+v", memory)
	}
	if _, err := livebench.Idle(t.Context(), livebench.Options{Target: target(t), Sockets: 2}); err == nil {
		t.Error("clients in this process were counted")
	}
}

// BenchmarkBroadcast is one event to 1,000 sockets: -benchtime 100x says how many.
func BenchmarkBroadcast(b *testing.B) {
	result, err := livebench.Compare(b.Context(), livebench.Options{Target: target(b), Sockets: 1000, Rounds: b.N, Command: []string{os.Args[0], asClient}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(result.Floor.P50, "floor-p50-ms")
	b.ReportMetric(result.Floor.P99, "floor-p99-ms")
	b.ReportMetric(result.Ours.P50, "ours-p50-ms")
	b.ReportMetric(result.Ours.P99, "ours-p99-ms")
	b.ReportMetric(result.Ratio, "ratio")
}

// BenchmarkIdle is the memory of 5,000 idle sockets.
func BenchmarkIdle(b *testing.B) {
	memory, err := livebench.Idle(b.Context(), livebench.Options{Target: target(b), Sockets: 5000, Command: []string{os.Args[0], asClient}})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(memory.Before)/(1<<20), "before-MB")
	b.ReportMetric(float64(memory.After)/(1<<20), "after-MB")
	b.ReportMetric(float64(memory.PerSocket), "bytes/socket")
}
