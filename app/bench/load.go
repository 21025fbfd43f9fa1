package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// ioTimeout bounds one request of a load.
const ioTimeout = 10 * time.Second

// request is an HTTP/1.1 request as it goes over the wire.
func request(method, host, path string, header map[string]string, body []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, host)
	for name, value := range header {
		fmt.Fprintf(&b, "%s: %s\r\n", name, value)
	}
	if len(body) > 0 {
		b.WriteString("Content-Length: " + strconv.Itoa(len(body)) + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

// load sends the requests over so many kept-alive connections, each sending its
// next when the last was answered, and returns how long every one took. The
// client is as thin as can be: it shares the cores with what it measures.
// Anything but 200 ends the load.
func load(ctx context.Context, addr string, connections int, requests [][]byte) ([]time.Duration, time.Duration, error) {
	took := make([]time.Duration, len(requests))
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, connections)
	began := time.Now()
	for range connections {
		wg.Go(func() {
			if err := drive(ctx, addr, requests, &next, took); err != nil {
				errs <- err
			}
		})
	}
	wg.Wait()
	total := time.Since(began)
	close(errs)
	var all []error
	for err := range errs {
		all = append(all, err)
	}
	return took, total, errors.Join(all...)
}

func drive(ctx context.Context, addr string, requests [][]byte, next *atomic.Int64, took []time.Duration) error {
	conn, err := (&net.Dialer{Timeout: ioTimeout}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 64<<10)
	for ctx.Err() == nil {
		i := int(next.Add(1)) - 1
		if i >= len(requests) {
			return nil
		}
		began := time.Now()
		if err := conn.SetDeadline(began.Add(ioTimeout)); err != nil {
			return err
		}
		if _, err := conn.Write(requests[i]); err != nil {
			return err
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil {
			return err
		}
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("request %d: status %d: %.200s", i, res.StatusCode, body)
		}
		took[i] = time.Since(began)
	}
	return ctx.Err()
}

// Times sums up how long things took, in milliseconds.
type Times struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func times(took []time.Duration) Times {
	if len(took) == 0 {
		return Times{}
	}
	sorted := slices.Sorted(slices.Values(took))
	at := func(share float64) float64 {
		i := min(int(share*float64(len(sorted))), len(sorted)-1)
		return float64(sorted[i].Microseconds()) / 1000
	}
	return Times{P50: at(0.50), P99: at(0.99), Max: at(1)}
}

// rate is so many per second.
func rate(n int, d time.Duration) float64 { return float64(int(float64(n)/d.Seconds()*10)) / 10 }

// each is the share of one of n, in microseconds.
func each(d time.Duration, n int) float64 {
	return round(float64(d.Microseconds()) / float64(max(n, 1)))
}
