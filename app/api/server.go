package api

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"

	"replydesk/app/auth"
	"replydesk/app/throttle"
	"replydesk/inbox"
)

// Deps are the parts the API stands on. All are needed but Down, Ready, Figures,
// Log and Now.
type Deps struct {
	Auth     *auth.Service
	Audit    Audit
	Inbox    *inbox.Service
	Accounts Accounts
	Library  Library
	Bot      Trier
	Intake   Intake
	Gaps     Gaps
	Guesses  *throttle.Throttle // of ticket codes
	Notices  Notices
	Drafts   Drafts // nil: no model is set up
	Reports  Reports
	Desk     DeskReports
	Tasks    Tasks
	Files    Files
	Live     Live
	Pages    fs.FS // the application: frontend.Dist()

	Down    func(error) bool  // whether an error means that the store cannot be reached; nil: none does
	Ready   []Check           // what must work before the desk takes requests
	Figures []func() []Figure // other parts' figures for /metrics
	Log     *slog.Logger
	Now     func() time.Time
}

// Config bounds the server.
type Config struct {
	BaseURL        string // the public address, for webhook URLs and strict transport
	Version        string // of the desk
	BodyLimit      int    // bytes of a request body; imports have their own limit
	SecureCookies  bool
	TrustedProxies []string // addresses and CIDR ranges whose X-Forwarded-For counts
}

// Times a request may take.
const (
	readTimeout    = 20 * time.Second // for a request to arrive
	writeTimeout   = 60 * time.Second // for an answer to leave
	idleTimeout    = 75 * time.Second // between requests of a connection
	requestTimeout = 30 * time.Second // for a handler
	importTimeout  = 2 * time.Minute
	hookTimeout    = 10 * time.Second // platforms give up after 5 s and send again
)

// Sizes beside BodyLimit.
const (
	maxHeader    = 16 << 10
	maxMultipart = 64 << 10 // what a form adds around its file
)

// Server is the desk's HTTP server. Build it with New, start it with Listen or
// Serve and end it with Shutdown.
type Server struct {
	serving sync.Mutex
	ln      net.Listener // what Serve was given
	stopped bool

	deps    Deps
	config  Config
	log     *slog.Logger
	now     func() time.Time
	proxies []netip.Prefix

	app      *fiber.App
	huma     huma.API
	document []byte // the OpenAPI document
	metrics  *metrics
	quiet    *quiet

	ctx    context.Context // of all requests; ends when Shutdown gives up
	cancel context.CancelFunc
}

// New returns a Server that does not listen yet.
func New(deps Deps, config Config) (*Server, error) {
	proxies, err := parseProxies(config.TrustedProxies)
	if err != nil {
		return nil, fmt.Errorf("trusted proxies: %w", err)
	}
	if config.BodyLimit <= 0 {
		config.BodyLimit = 1 << 20
	}
	s := &Server{deps: deps, config: config, log: deps.Log, now: deps.Now, proxies: proxies}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.metrics = newMetrics(deps.Figures)
	s.quiet = &quiet{now: s.now}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.app = fiber.New(fiber.Config{
		DisableStartupMessage:        true,
		Immutable:                    true, // strings of a request outlive it: in caches, tasks and logs
		CaseSensitive:                true,
		StrictRouting:                true,
		EnableTrustedProxyCheck:      true, // with an empty list: no forwarded header counts
		DisablePreParseMultipartForm: true,
		BodyLimit:                    config.BodyLimit,
		ReadBufferSize:               maxHeader,
		ReadTimeout:                  readTimeout,
		WriteTimeout:                 writeTimeout,
		IdleTimeout:                  idleTimeout,
		ErrorHandler:                 s.fail,
	})
	s.app.Server().HeaderReceived = s.bodyLimit
	s.app.Server().KeepHijackedConns = true // a socket's connection is live's
	if err := s.routes(); err != nil {
		s.cancel()
		return nil, err
	}
	return s, nil
}

// routes registers everything, the hot path first: what stands before a route
// runs before it.
func (s *Server) routes() error {
	s.app.Get(hooksPath+":platform/:account", s.hook)
	s.app.Post(hooksPath+":platform/:account", s.hook)

	s.app.Use(s.observe, s.secure)
	s.app.Get("/healthz", s.health)
	s.app.Get("/readyz", s.ready)
	s.app.Get("/metrics", s.metrics.page)
	s.app.Use(prefix, s.authenticate)
	s.app.Get(prefix+"/live", s.live)
	s.app.Get(prefix+"/media/:id", s.media)
	s.app.Get(prefix+"/faq/files/:id", s.entryFile)

	s.huma = humafiber.New(s.app, humaConfig(s.config.Version))
	s.sessionRoutes()
	s.ticketRoutes()
	s.searchRoutes()
	s.replyRoutes()
	s.draftRoutes()
	s.reportRoutes()
	s.deskReportRoutes()
	s.departmentReportRoutes()
	s.hotspotRoutes()
	s.boardRoutes()
	s.gapRoutes()
	s.wordRoutes()
	s.templateRoutes()
	s.viewRoutes()
	s.alertRoutes()
	s.approvalRoutes()
	s.faqRoutes()
	s.accountRoutes()
	s.botRoutes()
	s.userRoutes()
	s.departmentRoutes()
	s.policies()
	s.calendars()
	s.escalationRoutes()
	s.linkRoutes()
	s.revealRoutes()
	s.routingRoutes()
	s.teamRoutes()
	s.tokenRoutes()
	s.operationRoutes()
	s.auditRoutes()
	s.noticeRoutes()
	s.senderRoutes()
	s.citizenRoutes()
	s.followUpRoutes()
	s.topicRoutes()
	s.plainOperations()

	document, err := s.describe()
	if err != nil {
		return err
	}
	s.document = document
	docs, err := newDocs(s.huma.OpenAPI())
	if err != nil {
		return err
	}
	s.app.Get("/api/openapi.json", s.openAPI)
	s.app.Get("/api/docs", docs.page)
	s.app.Get("/api/docs.css", docs.style)
	if err := s.progressRoutes(); err != nil {
		return err
	}
	pages, err := newPages(s.deps.Pages)
	if err != nil {
		return err
	}
	s.app.Use(pages.serve)
	return nil
}

// OpenAPI returns the description of the API as JSON.
func (s *Server) OpenAPI() []byte { return s.document }

func (s *Server) openAPI(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "application/openapi+json")
	return c.Send(s.document)
}

// Listen serves on addr until Shutdown.
func (s *Server) Listen(addr string) error {
	var config net.ListenConfig
	ln, err := config.Listen(s.ctx, "tcp", addr)
	if err != nil {
		return err
	}
	return s.Serve(ln)
}

// Serve serves on ln until Shutdown, and closes ln. After a Shutdown it serves
// nothing.
func (s *Server) Serve(ln net.Listener) error {
	s.serving.Lock()
	s.ln = ln
	stopped := s.stopped
	s.serving.Unlock()
	if stopped {
		return ln.Close()
	}
	return s.app.Listener(ln)
}

// Shutdown stops taking requests and waits for those that run; when ctx ends
// first they are cancelled. Sockets are not waited for: their hub ends them.
func (s *Server) Shutdown(ctx context.Context) error {
	defer s.cancel()
	s.serving.Lock()
	s.stopped = true
	ln := s.ln
	s.serving.Unlock()
	err := s.app.ShutdownWithContext(ctx)
	if ln != nil {
		// Serve may have been about to begin, of which Fiber knows nothing yet.
		_ = ln.Close()
	}
	return err
}

// Test answers one request without a listener, for tests.
func (s *Server) Test(r *http.Request) (*http.Response, error) { return s.app.Test(r, -1) }
