package live

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/gorilla/websocket"

	"replydesk/inbox/desk"
)

// Subprotocol is the version of the frames, offered by the client.
const Subprotocol = "desk.v1"

// Codes that a socket is closed with.
const (
	CloseGoingAway = websocket.CloseGoingAway       // the desk stops
	CloseProtocol  = websocket.ClosePolicyViolation // the client broke the protocol
	CloseLater     = websocket.CloseTryAgainLater   // the desk cannot serve now
	CloseFault     = websocket.CloseInternalServerErr
	CloseSession   = 4001 // the session ended or its rights changed
	CloseSlow      = 4008 // the client did not keep up; it resumes
)

// States of presence.
const (
	Viewing = "viewing"
	Typing  = "typing"
	Gone    = "gone"
)

// clientFrame is anything a client may send.
type clientFrame struct {
	Type     string `json:"type"`
	After    int64  `json:"after"`
	TicketID string `json:"ticket_id"`
	State    string `json:"state"`
}

type welcomeFrame struct {
	Type       string    `json:"type"`
	Head       int64     `json:"head"`
	ServerTime time.Time `json:"server_time"`
}

type resetFrame struct {
	Type string `json:"type"`
	Head int64  `json:"head"`
}

type eventFrame struct {
	Type     string          `json:"type"`
	ID       int64           `json:"id"`
	Name     string          `json:"name"`
	TicketID string          `json:"ticket_id,omitempty"`
	At       time.Time       `json:"at"`
	Data     json.RawMessage `json:"data"`
}

type presenceFrame struct {
	Type     string  `json:"type"`
	TicketID string  `json:"ticket_id"`
	User     userRef `json:"user"`
	State    string  `json:"state"`
}

type userRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// encodeEvent returns the frame of an event. Data that is not JSON, which only
// a fault of ours can record, leaves its place to an empty object: the event
// must reach the client all the same.
func encodeEvent(e desk.Event) []byte {
	frame := eventFrame{Type: "event", ID: e.ID, Name: e.Name, At: e.At.UTC(), Data: e.Data}
	if e.TicketID != 0 {
		frame.TicketID = strconv.FormatInt(e.TicketID, 10)
	}
	if len(frame.Data) == 0 || !json.Valid(frame.Data) {
		frame.Data = json.RawMessage("{}")
	}
	return encode(frame)
}

// encode marshals one of the frames above, none of which can fail.
func encode(frame any) []byte {
	text, err := json.Marshal(frame)
	if err != nil {
		panic("live: frame: " + err.Error())
	}
	return text
}
