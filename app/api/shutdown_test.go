package api_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"replydesk/inbox/channel"
)

// serve is listen without its clean-up, for tests that stop the server.
func (d *testDesk) serve(t *testing.T) (address string, served <-chan error) {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	done := make(chan error, 1)
	go func() { done <- d.server.Serve(ln) }()
	return ln.Addr().String(), done
}

func TestShutdownWaitsForRequests(t *testing.T) {
	d := newDesk(t)
	entered, leave := make(chan bool), make(chan bool)
	d.intake.receive = func(context.Context, string, int64, channel.Request) (channel.Response, error) {
		entered <- true
		<-leave
		return channel.Response{Body: []byte("success")}, nil
	}
	address, served := d.serve(t)
	idle := dial(t, address)
	_, err := io.WriteString(idle, "GET /healthz HTTP/1.1\r\nHost: desk.example.test\r\n\r\n")
	must(t, err)
	_, err = http.ReadResponse(bufio.NewReader(idle), nil) // the connection stays open
	must(t, err)
	busy := dial(t, address)
	_, err = io.WriteString(busy, "POST /hooks/wechat/1 HTTP/1.1\r\nHost: desk.example.test\r\nContent-Length: 1\r\n\r\nx")
	must(t, err)
	<-entered
	stopped := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		stopped <- d.server.Shutdown(ctx)
	}()
	must(t, <-served) // no new connections
	select {
	case err := <-stopped:
		t.Fatalf("the server stopped with a request under way: %v", err)
	default:
	}
	leave <- true
	answer, err := http.ReadResponse(bufio.NewReader(busy), nil)
	must(t, err)
	if answer.StatusCode != 200 {
		t.Errorf("the request under way got %d", answer.StatusCode)
	}
	must(t, <-stopped)
}

func TestShutdownGivesUp(t *testing.T) {
	d := newDesk(t)
	entered, ended := make(chan bool), make(chan error, 1)
	d.intake.receive = func(ctx context.Context, _ string, _ int64, _ channel.Request) (channel.Response, error) {
		entered <- true
		<-ctx.Done()
		ended <- ctx.Err()
		return channel.Response{}, ctx.Err()
	}
	address, served := d.serve(t)
	busy := dial(t, address)
	_, err := io.WriteString(busy, "POST /hooks/wechat/1 HTTP/1.1\r\nHost: desk.example.test\r\nContent-Length: 1\r\n\r\nx")
	must(t, err)
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.server.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("shutdown ended with %v, want that it gave up", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the request under way ended with %v, want that it was cancelled", err)
	}
	must(t, <-served)
}

// A desk that is stopped before it serves ends all the same.
func TestShutdownBeforeServe(t *testing.T) {
	d := newDesk(t)
	if err := d.server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	served := make(chan error, 1)
	go func() { served <- d.server.Serve(ln) }()
	select {
	case err := <-served:
		must(t, err)
	case <-time.After(10 * time.Second):
		t.Fatal("it serves after it was stopped")
	}
}
