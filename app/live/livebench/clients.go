package livebench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// clients is a client process, seen from the one that measures.
type clients struct {
	orders  io.WriteCloser
	reports chan report
	end     func() error // waits for the process, whose input has ended
}

// startClients starts a client process and waits until all its sockets are
// welcomed.
func startClients(ctx context.Context, command []string, target Target, sockets int) (*clients, error) {
	if sockets < 1 {
		return nil, errors.New("at least one socket is needed")
	}
	c := &clients{reports: make(chan report, 16)}
	out, err := c.start(ctx, command)
	if err != nil {
		return nil, err
	}
	go func() {
		defer close(c.reports)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			var r report
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				r.Error = "the client process wrote: " + lines.Text()
			}
			select {
			case c.reports <- r:
			default: // nobody asked for so many: a socket got an event twice
			}
		}
	}()
	order, err := json.Marshal(order{Addr: target.Addr, Path: target.Path, Header: target.Header, Sockets: sockets})
	if err != nil {
		c.stop()
		return nil, err
	}
	if _, err := c.orders.Write(append(order, '\n')); err != nil {
		c.stop()
		return nil, err
	}
	first, err := c.next(ctx, 4*roundTimeout)
	if err == nil && !first.Ready {
		err = errors.New("an event came before all sockets were open")
	}
	if err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

// start runs the command, or RunClient in this process without one.
func (c *clients) start(ctx context.Context, command []string) (out io.Reader, err error) {
	if len(command) == 0 {
		in, orders := io.Pipe()
		out, reports := io.Pipe()
		done := make(chan error, 1)
		go func() {
			err := RunClient(ctx, in, reports)
			done <- errors.Join(err, reports.Close())
		}()
		c.orders, c.end = orders, func() error { return <-done }
		return out, nil
	}
	process := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // the caller's own program
	process.Stderr = os.Stderr
	process.WaitDelay = roundTimeout
	if c.orders, err = process.StdinPipe(); err != nil {
		return nil, err
	}
	if out, err = process.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, fmt.Errorf("start the client process: %w", err)
	}
	c.end = process.Wait
	return out, nil
}

// round causes one event and returns its size and how long it took to reach
// the last socket.
func (c *clients) round(ctx context.Context, publish func(context.Context) error) (size int, took time.Duration, err error) {
	start := time.Now()
	if err := publish(ctx); err != nil {
		return 0, 0, err
	}
	r, err := c.next(ctx, roundTimeout)
	if err != nil {
		return 0, 0, err
	}
	return r.Bytes, time.Unix(0, r.At).Sub(start), nil
}

func (c *clients) next(ctx context.Context, patience time.Duration) (report, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case r, open := <-c.reports:
		if !open {
			return report{}, errors.New("the client process ended")
		}
		if r.Error != "" {
			return report{}, errors.New(r.Error)
		}
		return r, nil
	case <-ctx.Done():
		return report{}, fmt.Errorf("not every socket got the event: %w", ctx.Err())
	}
}

// stop closes the sockets and waits for the process. How it ends no longer
// matters: what went wrong has been reported.
func (c *clients) stop() {
	_ = c.orders.Close()
	for range c.reports { // to the end, so that a late report blocks nobody
	}
	_ = c.end()
}
