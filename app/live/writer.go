package live

import (
	"errors"
	"net"
	"time"

	"github.com/gorilla/websocket"

	"replydesk/inbox/desk"
)

// errSlow says that the client did not keep up, errLater that we could not.
var (
	errSlow  = errors.New("the client did not keep up")
	errLater = errors.New("the events cannot be read now")
)

// batchSize is how many events are looked at between two looks at everything
// else a writer has to do.
const batchSize = 256

// write is the writer goroutine; its last word is why the socket closes.
func (s *socket) write() {
	defer close(s.written)
	defer s.hub.rescue("writer", s)
	s.stream()
	s.farewell()
}

// stream greets, and writes what lies after the cursor each time the ring
// changes, until the socket closes.
func (s *socket) stream() {
	select {
	case after := <-s.hello:
		if err := s.welcome(after); err != nil {
			s.fail(err)
			return
		}
	case <-s.quit.Done():
		return
	}
	ping := time.NewTicker(s.hub.options.PingEvery)
	defer ping.Stop()
	for {
		changed, err := s.pump(ping.C)
		if err != nil {
			s.fail(err)
			return
		}
		select {
		case <-changed:
		case <-s.nudge:
			err = s.writePresence()
		case <-ping.C:
			err = s.ping()
		case <-s.quit.Done():
			return
		}
		if err != nil {
			s.fail(err)
			return
		}
	}
}

// fail closes the socket for an error of the writer.
func (s *socket) fail(err error) {
	switch {
	case errors.Is(err, errSlow), timedOut(err):
		s.close(CloseSlow, errSlow.Error())
	case errors.Is(err, errLater):
		s.close(CloseLater, errLater.Error())
	default:
		s.close(0, "") // the connection is broken
	}
}

// farewell says the closing code and gives the client a moment to answer.
func (s *socket) farewell() {
	<-s.quit.Done()
	if s.code == 0 {
		s.link.abort() // the reader must not wait for what cannot come
		return
	}
	until := time.Now().Add(s.hub.options.CloseTimeout)
	message := websocket.FormatCloseMessage(s.code, s.reason)
	var err error
	if s.link.interrupted() {
		// A write was cut off in the middle of a frame, after which the library
		// writes no more; the client can read the closing frame only behind the
		// rest of it.
		err = s.link.finish(append([]byte{0x88, byte(len(message))}, message...), until)
	} else {
		err = s.ws.WriteControl(websocket.CloseMessage, message, until)
	}
	if err != nil && !errors.Is(err, websocket.ErrCloseSent) {
		s.link.abort()
		return
	}
	s.link.end(until)
}

// welcome answers the hello and sets the cursor.
func (s *socket) welcome(after int64) error {
	h := s.hub
	select {
	case <-h.ready:
	case <-time.After(h.options.HelloTimeout):
		return errLater
	case <-s.quit.Done():
		return nil
	}
	head := h.ring.top()
	if after > head {
		// Another node, or the API, may have told the client of events that we
		// are about to read.
		known, err := h.head(s.quit)
		if err != nil {
			return errLater
		}
		head = max(head, known)
		poke(h.behind)
	}
	s.cursor = after
	stale := after > head || head-after > h.options.Keep
	if after == 0 || stale {
		s.cursor = head
	}
	stale = stale && after != 0

	err := s.writeFrame(welcomeFrame{Type: "welcome", Head: head, ServerTime: h.options.Now().UTC()})
	if err == nil && stale {
		h.resets.Add(1)
		err = s.writeFrame(resetFrame{Type: "reset", Head: head})
	}
	return err
}

// pump writes until the cursor is at the ring's head, and returns what to wait
// for then.
func (s *socket) pump(ping <-chan time.Time) (changed <-chan struct{}, err error) {
	for {
		v := s.hub.ring.after(s.cursor)
		behind := v.head - s.cursor
		switch {
		case behind <= 0:
			s.level = true
			return v.changed, nil
		case behind > s.hub.options.Keep, s.level && behind > s.hub.options.Lag:
			return nil, errSlow
		case s.cursor < v.base:
			err = s.catchUp(v.base)
		default:
			err = s.send(v.entries[:min(len(v.entries), batchSize)])
		}
		if err != nil {
			return nil, err
		}
		select {
		case <-s.quit.Done():
			return nil, nil
		case <-ping:
			err = s.ping()
		case <-s.nudge:
			err = s.writePresence()
		default:
		}
		if err != nil {
			return nil, err
		}
	}
}

// catchUp writes one page of what is no longer in the ring, which starts after
// base. Only a few sockets read the Source at the same time.
func (s *socket) catchUp(base int64) error {
	h := s.hub
	select {
	case h.pages <- struct{}{}:
	case <-s.quit.Done():
		return nil
	}
	events, err := func() ([]desk.Event, error) {
		defer func() { <-h.pages }()
		return h.page(s.quit, s.cursor)
	}()
	if s.quit.Err() != nil {
		return nil //nolint:nilerr // the read was given up because the socket closes
	}
	switch {
	case err != nil:
		h.options.Log.Warn("live: a socket cannot catch up", "user_id", s.actor.UserID, "err", err)
		return errLater
	case len(events) == 0:
		s.cursor = base // the numbers up to the ring are a gap
		return nil
	}
	return s.together(func() error {
		for _, e := range events {
			if err := s.sendEvent(e, func() error { return s.writeText(encodeEvent(e)) }); err != nil {
				return err
			}
		}
		return nil
	})
}

// send writes entries of the ring.
func (s *socket) send(entries []*entry) error {
	each := func() error {
		for _, e := range entries {
			if err := s.sendEvent(e.event, func() error { return s.writeEntry(e) }); err != nil {
				return err
			}
		}
		return nil
	}
	if len(entries) == 1 {
		return each()
	}
	return s.together(each)
}

func (s *socket) writeEntry(e *entry) error {
	frame, err := e.frame()
	if err != nil {
		return err
	}
	return s.ws.WritePreparedMessage(frame)
}

// together lets the frames of write leave in as few writes as may be.
func (s *socket) together(write func() error) error {
	s.link.hold(&s.hub.buffers)
	err := write()
	return errors.Join(err, s.link.flush(&s.hub.buffers, s.deadline()))
}

// sendEvent writes the event when the user may see it, and moves the cursor.
func (s *socket) sendEvent(e desk.Event, write func() error) error {
	if s.actor.SeesEvent(e) {
		if err := s.ws.SetWriteDeadline(s.deadline()); err != nil {
			return err
		}
		if err := write(); err != nil {
			return err
		}
		s.hub.frames.Add(1)
	}
	s.cursor = e.ID
	return nil
}

func (s *socket) writePresence() error {
	s.telling.Lock()
	frames := s.told
	s.told = nil
	s.telling.Unlock()
	for _, frame := range frames {
		if err := s.writeFrame(frame); err != nil {
			return err
		}
	}
	return nil
}

func (s *socket) writeFrame(frame any) error {
	if err := s.ws.SetWriteDeadline(s.deadline()); err != nil {
		return err
	}
	return s.writeText(encode(frame))
}

// writeText writes one frame. It is prepared because the library would
// otherwise write a long one in two parts, and when the first part is cut off
// by a time-out the second never gets to the link, which has to finish the frame.
func (s *socket) writeText(text []byte) error {
	frame, err := websocket.NewPreparedMessage(websocket.TextMessage, text)
	if err != nil {
		return err
	}
	return s.ws.WritePreparedMessage(frame)
}

func (s *socket) ping() error {
	return s.ws.WriteControl(websocket.PingMessage, nil, s.deadline())
}

// deadline is for one write. It is the machine's clock, as all deadlines of
// connections are.
func (s *socket) deadline() time.Time { return time.Now().Add(s.hub.options.WriteTimeout) }

// tell queues presence for the writer; what it had to say of the same person
// and ticket is replaced.
func (s *socket) tell(frame presenceFrame) {
	s.telling.Lock()
	defer s.telling.Unlock()
	for i, old := range s.told {
		if old.TicketID == frame.TicketID && old.User.ID == frame.User.ID {
			s.told[i] = frame
			return
		}
	}
	if len(s.told) >= maxTold {
		s.told = s.told[1:] // presence may be lost, a queue may not grow
	}
	s.told = append(s.told, frame)
	poke(s.nudge)
}

// maxTold bounds the presence that waits for one socket.
const maxTold = 128

// timedOut reports whether a deadline of the connection passed. The library
// hides the standard error behind one of its own.
func timedOut(err error) bool {
	var failure net.Error
	return errors.As(err, &failure) && failure.Timeout()
}
