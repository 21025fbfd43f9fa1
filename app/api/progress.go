package api

import (
	"crypto/sha256"
	_ "embed" // the page, its style and its script
	"encoding/hex"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"replydesk/app/throttle"
	"replydesk/inbox"
	"replydesk/inbox/desk"
)

// ProgressPath is where citizens ask how far their ticket is, without signing in.
const ProgressPath = "/p"

// How many wrong numbers and codes are taken within ProgressWindow: for one number
// from one address, for one number from anywhere, and from one address. Only wrong
// ones count: many citizens share an address.
const (
	ProgressWindow     = 15 * time.Minute
	wrongCodes         = 8
	wrongCodesAnywhere = 60
	wrongPerAddress    = 60
)

//go:embed progress.html
var progressHTML string

//go:embed progress.css
var progressCSS string

//go:embed progress.js
var progressJS string

// progress is the citizens' page: drawn here, without the application, so that it
// works on an old phone and without a script.
type progress struct {
	*Server
	page *template.Template
}

func (s *Server) progressRoutes() error {
	page, err := template.New("progress").Parse(progressHTML)
	if err != nil {
		return err
	}
	p := &progress{s, page}
	s.app.Get(ProgressPath, p.ask)
	s.app.Get(ProgressPath+"/progress.css", asset("text/css; charset=utf-8", progressCSS))
	s.app.Get(ProgressPath+"/progress.js", asset("text/javascript; charset=utf-8", progressJS))
	s.app.Get(ProgressPath+"/:number", p.ask)
	s.app.Post(ProgressPath, p.show)
	s.app.Post(ProgressPath+"/rate", p.rate)
	return nil
}

// asset sends a file of the page; what it is called by changes never, so it is
// asked for again.
func asset(contentType, body string) fiber.Handler {
	sum := sha256.Sum256([]byte(body))
	tag := `"` + hex.EncodeToString(sum[:10]) + `"`
	return func(c *fiber.Ctx) error {
		c.Set(fiber.HeaderContentType, contentType)
		c.Set(fiber.HeaderCacheControl, "no-cache")
		c.Set(fiber.HeaderETag, tag)
		if c.Get(fiber.HeaderIfNoneMatch) == tag {
			return c.SendStatus(http.StatusNotModified)
		}
		return c.SendString(body)
	}
}

// ask is the page with the two fields.
func (p *progress) ask(c *fiber.Ctx) error {
	return p.draw(c, http.StatusOK, progressView{W: progressWordsIn(c.Query("lang")), Number: limited(c.Params("number"))})
}

// show is the page with the ticket that a number and a code open.
func (p *progress) show(c *fiber.Ctx) error {
	v := progressView{W: progressWordsIn(c.FormValue("lang")), Number: limited(c.FormValue("number")), Code: limited(c.FormValue("code"))}
	found, err := p.open(c, v.Number, v.Code)
	if status := v.refused(err); status != 0 {
		return p.draw(c, status, v)
	}
	if err != nil {
		return err
	}
	v.show(found, p.zone())
	return p.draw(c, http.StatusOK, v)
}

// rate takes what a citizen says of the answer, and shows the ticket again.
func (p *progress) rate(c *fiber.Ctx) error {
	v := progressView{W: progressWordsIn(c.FormValue("lang")), Number: limited(c.FormValue("number")), Code: limited(c.FormValue("code"))}
	found, err := p.open(c, v.Number, v.Code)
	if status := v.refused(err); status != 0 {
		return p.draw(c, status, v)
	}
	if err != nil {
		return err
	}
	mark, _ := strconv.Atoi(c.FormValue("mark")) // 0 is no mark
	words := strings.ReplaceAll(strings.ToValidUTF8(c.FormValue("words"), ""), "\r\n", "\n")
	rated, err := p.deps.Inbox.Rate(c.UserContext(), v.Number, v.Code, inbox.RatingInput{Mark: inbox.Mark(mark), Words: words})
	status := http.StatusOK
	switch desk.CodeOf(err) {
	case "":
		found, v.Said = rated, v.W.Thanks
	case desk.Invalid:
		v.Problem, status = v.W.NoMark, http.StatusUnprocessableEntity
		if mark != 0 {
			v.Problem = v.W.LongWords
		}
	case desk.Conflict:
		v.Problem, status = v.W.Over, http.StatusConflict
	default:
		return err
	}
	v.show(found, p.zone())
	if err != nil && v.Ticket.Rate != nil { // what was typed stays
		v.Ticket.Rate.Words, v.Ticket.Rate.Mark = words, mark
	}
	return p.draw(c, status, v)
}

// refused says on the page why nothing is shown; 0 when the error is another one,
// or none.
func (v *progressView) refused(err error) int {
	switch desk.CodeOf(err) {
	case desk.NotFound:
		v.Problem, v.Code = v.W.Wrong, ""
		return http.StatusNotFound
	case desk.RateLimited:
		v.Problem, v.Code = v.W.TooMany, ""
		return http.StatusTooManyRequests
	}
	return 0
}

// open finds a ticket for somebody who need not be anybody, and counts those who
// guess.
func (p *progress) open(c *fiber.Ctx, number, code string) (inbox.Progress, error) {
	ctx := c.UserContext()
	limits := guesses(number, p.address(c))
	if err := p.deps.Guesses.Check(ctx, limits...); err != nil {
		return inbox.Progress{}, err
	}
	found, err := p.deps.Inbox.Progress(ctx, number, code)
	if desk.CodeOf(err) == desk.NotFound {
		if err := p.deps.Guesses.Failed(ctx, limits...); err != nil {
			return found, err
		}
	}
	return found, err
}

// guesses are what a try for a number from an address counts against.
func guesses(number, address string) []throttle.Limit {
	from, sum := throttle.Network(address), sha256.Sum256([]byte(inbox.TypedNumber(number)))
	key := hex.EncodeToString(sum[:16])
	return []throttle.Limit{
		{Key: "progress.number." + key + "." + from, Tries: wrongCodes},
		{Key: "progress.number." + key, Tries: wrongCodesAnywhere},
		{Key: "progress.address." + from, Tries: wrongPerAddress},
	}
}

// zone is where the citizens of the desk live.
func (p *progress) zone() *time.Location { return p.deps.Inbox.Zone() }

func (p *progress) draw(c *fiber.Ctx, status int, v progressView) error {
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set("X-Robots-Tag", "noindex, nofollow")
	var out strings.Builder
	if err := p.page.Execute(&out, v); err != nil {
		return err
	}
	return c.Status(status).SendString(out.String())
}

// limited is what a stranger typed, cut where no number and no code goes on.
func limited(typed string) string {
	typed = strings.ToValidUTF8(typed, "")
	if len(typed) > 64 {
		typed = strings.ToValidUTF8(typed[:64], "")
	}
	return strings.TrimSpace(typed)
}
