package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"replydesk/app/store/benchdb"
	"replydesk/inbox/channel"
	"replydesk/inbox/channel/simulator"
	"replydesk/inbox/desk"
)

// IngestOptions are the sizes of the ingest benchmark.
type IngestOptions struct {
	Options
	Messages    int
	Connections int
	Contacts    int // messages are spread evenly over so many citizens
}

// IngestReport says how fast WeChat messages are taken in, through the whole
// webhook path: HTTP, signatures, decryption, parsing, one durable transaction
// with everything that follows from a message.
type IngestReport struct {
	Machine     Machine `json:"machine"`
	Messages    int     `json:"messages"`
	Connections int     `json:"connections"`
	Contacts    int     `json:"contacts"`
	PerSecond   float64 `json:"per_second"`
	MS          Times   `json:"ms"`
	CPU         float64 `json:"cpu_us"` // processor time a message, the load's included
	// Floor is the same calls over the same connections and server, where each
	// does nothing but one bare insert of the body in a group commit.
	Floor struct {
		PerSecond float64 `json:"per_second"`
		MS        Times   `json:"ms"`
		CPU       float64 `json:"cpu_us"`
		// InProcess is the bare insert without any HTTP, by as many callers.
		InProcess float64 `json:"in_process_per_second"`
	} `json:"floor"`
	OfFloor          float64 `json:"of_floor"`            // PerSecond / Floor.PerSecond
	OfFloorInProcess float64 `json:"of_floor_in_process"` // PerSecond / Floor.InProcess
	Stored           int     `json:"stored"`              // messages found afterwards
}

// Lines implements Report.
func (r IngestReport) Lines() []string {
	return []string{
		fmt.Sprintf("ingest   %d messages, %d connections, %d contacts", r.Messages, r.Connections, r.Contacts),
		fmt.Sprintf("         %.0f/s, p50 %.1f ms, p99 %.1f ms, %.0f µs CPU each, %d stored", r.PerSecond, r.MS.P50, r.MS.P99, r.CPU, r.Stored),
		fmt.Sprintf("  floor  %.0f/s, p99 %.1f ms, %.0f µs CPU: same calls, one bare insert each; %.0f %% of it", r.Floor.PerSecond, r.Floor.MS.P99, r.Floor.CPU, r.OfFloor*100),
		fmt.Sprintf("         %.0f/s: bare insert without HTTP; %.0f %% of it", r.Floor.InProcess, r.OfFloorInProcess*100),
	}
}

// Ingest runs the benchmark.
func Ingest(ctx context.Context, o IngestOptions) (report IngestReport, err error) {
	report = IngestReport{Machine: machine(), Messages: o.Messages, Connections: o.Connections, Contacts: o.Contacts}
	r, err := start(ctx, o.Options)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, r.stop()) }()

	requests, err := r.callbacks(o.Messages, o.Contacts)
	if err != nil {
		return report, err
	}
	// The floor comes first: what follows a message in the background, its search
	// terms and its figures, would weigh on it.
	if err := r.floor(ctx, o, &report); err != nil {
		return report, err
	}
	// Everything is warm before it counts: statements, pages, the runtime.
	warm, err := r.callbacks(min(o.Messages/10, 2000), o.Contacts)
	if err != nil {
		return report, err
	}
	if _, _, err := load(ctx, r.addr, o.Connections, warm); err != nil {
		return report, err
	}
	used := cpuTime()
	took, total, err := load(ctx, r.addr, o.Connections, requests)
	if err != nil {
		return report, err
	}
	report.PerSecond, report.MS, report.CPU = rate(o.Messages, total), times(took), each(cpuTime()-used, o.Messages)
	if report.Stored, err = r.stored(ctx); err != nil {
		return report, err
	}
	report.Stored -= len(warm)
	report.OfFloor = round(report.PerSecond / report.Floor.PerSecond)
	report.OfFloorInProcess = round(report.PerSecond / report.Floor.InProcess)
	return report, nil
}

// callbacks are signed and encrypted webhook calls, ready to be sent.
func (r *rig) callbacks(n, contacts int) ([][]byte, error) {
	account := simulator.Account{
		AppID: benchAppID, AppSecret: "benchsecret", Token: benchToken, EncodingAESKey: benchKey, OriginalID: benchOriginal,
		Mode: simulator.Safe, CallbackURL: fmt.Sprintf("http://%s/hooks/wechat/%d", r.addr, r.account),
	}
	out := make([][]byte, n)
	for i := range out {
		address, body, err := r.signer.BuildCallback(account, simulator.Message{
			OpenID: fmt.Sprintf("oBench%022d", i%contacts), Type: "text",
			Content: fmt.Sprintf("请问居住证怎么办理，需要带哪些材料？（%d）", i),
		})
		if err != nil {
			return nil, err
		}
		u, err := url.Parse(address)
		if err != nil {
			return nil, err
		}
		out[i] = request("POST", u.Host, u.RequestURI(), map[string]string{"Content-Type": "text/xml"}, body)
	}
	return out, nil
}

func (r *rig) stored(ctx context.Context) (int, error) {
	var n int
	err := r.DB.QueryRow(ctx, `SELECT count(*) FROM messages`).Scan(&n)
	return n, err
}

// bare takes a call in with one insert and nothing else.
type bare struct {
	*rig
	n atomic.Int64
}

// Receive implements api.Intake.
func (b *bare) Receive(ctx context.Context, _ string, account int64, r channel.Request) (channel.Response, error) {
	err := benchdb.AddPayload(ctx, b.DB, account, fmt.Sprintf("floor-%d", b.n.Add(1)), r.Body, time.Now())
	return channel.Response{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte("success")}, err
}

// Replay implements api.Intake.
func (b *bare) Replay(context.Context, desk.Actor, int64) error {
	return desk.Errorf(desk.NotFound, "the floor keeps nothing to replay")
}

// floor measures what this machine does at most.
func (r *rig) floor(ctx context.Context, o IngestOptions, report *IngestReport) (err error) {
	intake := &bare{rig: r}
	server, err := r.NewAPI(intake, "bench")
	if err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ln) }()
	defer func() { err = errors.Join(err, server.Shutdown(context.WithoutCancel(ctx)), <-ended) }()
	requests, err := r.callbacks(o.Messages, o.Contacts)
	if err != nil {
		return err
	}
	used := cpuTime()
	took, total, err := load(ctx, ln.Addr().String(), o.Connections, requests)
	if err != nil {
		return err
	}
	report.Floor.PerSecond, report.Floor.MS, report.Floor.CPU = rate(o.Messages, total), times(took), each(cpuTime()-used, o.Messages)
	report.Floor.InProcess, err = r.inProcess(ctx, intake, o)
	return err
}

func (r *rig) inProcess(ctx context.Context, intake *bare, o IngestOptions) (float64, error) {
	body := make([]byte, 640) // as long as an encrypted callback
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, o.Connections)
	began := time.Now()
	for range o.Connections {
		wg.Go(func() {
			for int(next.Add(1)) <= o.Messages {
				if _, err := intake.Receive(ctx, "wechat", r.account, channel.Request{Body: body}); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	return rate(o.Messages, time.Since(began)), <-errs
}
