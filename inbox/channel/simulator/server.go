package simulator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"
)

// What the simulator keeps at most.
const (
	threadLimit   = 500     // bubbles of one phone
	citizenLimit  = 100_000 // people of one account
	pendingLimit  = 10_000  // callbacks on their way
	parallelLimit = 64      // callbacks in the air at once
)

// Options are the settings of a Server; the zero value is a platform as its
// documents describe it, in memory.
type Options struct {
	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: nothing is logged

	// Seed makes probabilities, nonces and tokens repeatable; 0 takes a random one.
	Seed uint64

	CallbackTimeout time.Duration // of one delivery; 0: 5 s
	RetryAfter      time.Duration // from the start of one delivery to the next; 0: 5 s
	Tries           int           // deliveries in all; 0: 3
	HTTPClient      *http.Client  // for callbacks; nil: an own one without proxy or redirects

	// BaseURL is where this Server is reached, such as http://127.0.0.1:8090. It
	// stands in PicUrl and video_url. Empty: pictures sent through the control
	// API take the address of that request, others have a path only.
	BaseURL string

	// StateFile keeps threads, send windows and callbacks that were not accepted
	// yet across a kill -9. Media lie beside it, in StateFile + ".media". Empty:
	// nothing outlives the process.
	StateFile string

	// Citizens are the names of the people who follow every account; nil: six of them.
	Citizens []string

	// TapOpens is the window that tapping an item of a msgmenu opens: "menu" (3
	// in 1 min, the stricter reading of the documents) or "message". Empty: "menu".
	TapOpens string

	// Exchanges is how many calls the protocol log keeps; 0: 500, below 0: none.
	Exchanges int
}

// Server is the platform. Make it with New. All methods may be called from
// many goroutines.
type Server struct {
	o    Options
	mux  *http.ServeMux
	api  map[string]endpoint
	page page
	ctx  context.Context // ends with Close
	stop context.CancelFunc
	work sync.WaitGroup
	air  chan struct{} // one place for every callback in the air
	sign *Signer

	mu           sync.Mutex // guards everything below
	closed       bool
	appIDs       []string // as added
	accounts     map[string]*account
	byToken      map[string]*token
	tokensSwept  time.Time
	pending      map[int64]*delivery
	restored     []*delivery
	lastMsgID    int64
	lastBubble   int64
	lastDelivery int64
	faults       []*FaultRule
	media        map[string]*media
	mediaOrder   []*media
	mediaBytes   int64
	lastMedia    int64
	exchanges    []Exchange
	lastExchange int64
	changed      chan struct{}
	streams      map[*stream]struct{}
	state        *stateFile
	random       *rand.Rand
}

// New makes a platform without accounts. With a StateFile it reads what the
// last run left; callbacks that were on their way wait for Run. The error is
// about the state file. Close it when done.
func New(o Options) (*Server, error) {
	o.defaults()
	ctx, stop := context.WithCancel(context.Background()) // the Server's life: Close ends it
	s := &Server{
		o: o, ctx: ctx, stop: stop,
		air:      make(chan struct{}, parallelLimit),
		accounts: map[string]*account{},
		byToken:  map[string]*token{},
		pending:  map[int64]*delivery{},
		media:    map[string]*media{},
		changed:  make(chan struct{}),
		streams:  map[*stream]struct{}{},
		random:   rand.New(rand.NewPCG(o.Seed, o.Seed>>1)),
	}
	s.sign = &Signer{Now: o.Now, Random: lockedRandom{s}}
	if o.StateFile != "" {
		if err := s.openState(); err != nil {
			stop()
			return nil, err
		}
	}
	s.routes()
	return s, nil
}

func (o *Options) defaults() {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	o.CallbackTimeout = cmp.Or(o.CallbackTimeout, 5*time.Second)
	o.RetryAfter = cmp.Or(o.RetryAfter, 5*time.Second)
	o.Tries = max(cmp.Or(o.Tries, 3), 1)
	if o.HTTPClient == nil {
		o.HTTPClient = callbackClient()
	}
	if o.Citizens == nil {
		o.Citizens = []string{"陈晓雨", "王建国", "李秀英", "赵子轩", "周敏", "Emily Clark"}
	}
	o.TapOpens = cmp.Or(o.TapOpens, windowMenu)
	o.Exchanges = cmp.Or(o.Exchanges, 500)
}

// callbackClient calls receivers directly: they are on this machine or in the
// test, so a proxy of the environment would only lose the calls.
func callbackClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			MaxIdleConnsPerHost:   parallelLimit,
			IdleConnTimeout:       30 * time.Second,
			ResponseHeaderTimeout: time.Minute, // CallbackTimeout is shorter and decides
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Run resumes the callbacks that the last run left on their way, so call it
// when the receiver listens. It returns nil after ctx has ended and the Server
// is closed.
func (s *Server) Run(ctx context.Context) error {
	s.mu.Lock()
	restored := s.restored
	s.restored = nil
	for _, d := range restored {
		s.queueLocked(d)
	}
	s.mu.Unlock()
	select {
	case <-ctx.Done():
	case <-s.ctx.Done():
	}
	return s.Close()
}

// Close drops the callbacks in the air (the state file remembers them), waits
// until they are gone, and ends all streams of the phone page; call it before
// http.Server.Shutdown, which waits for those. A second call does nothing.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.work.Wait()
	s.o.HTTPClient.CloseIdleConnections()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.close()
}

// ServeHTTP implements http.Handler. Do not put a write time-out on the
// http.Server: the phone page holds a stream open.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Serve answers on the listener until ctx ends, and then closes the Server. It
// returns when the last request is answered or cut off. Callbacks that the last
// run left wait for Run nevertheless.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	web := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(listener) }()
	select {
	case err := <-ended:
		return errors.Join(fmt.Errorf("serve the simulator: %w", err), s.Close())
	case <-ctx.Done():
	case <-s.ctx.Done():
	}
	err := s.Close()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if web.Shutdown(last) != nil {
		_ = web.Close() // a caller that will not leave is cut off
	}
	return err
}

// spawnLocked runs f unless the Server is closing.
func (s *Server) spawnLocked(f func()) bool {
	if s.closed {
		return false
	}
	s.work.Go(f)
	return true
}

// pause waits, or reports false when the Server closes first.
func (s *Server) pause(d time.Duration) bool {
	if d <= 0 {
		return s.ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// complainLocked logs what went wrong where nobody can be told.
func (s *Server) complainLocked(what string, err error) {
	if err != nil {
		s.o.Log.Error("simulator: "+what, "err", err)
	}
}

// lockedRandom is the source of a Signer that belongs to the Server.
type lockedRandom struct{ s *Server }

func (r lockedRandom) Read(p []byte) (int, error) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	for i := range p {
		p[i] = byte(r.s.random.Uint32())
	}
	return len(p), nil
}

var _ io.Reader = lockedRandom{}
