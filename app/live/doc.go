// Package live pushes the numbered events of the desk to sockets: to each one
// what its user may see, in order, once. It is the only user of
// gorilla/websocket. Who may connect, cookies and HTTP answers belong to
// app/api; the events themselves to the store, which a Hub reads through its
// Source.
//
// # Protocol
//
// The subprotocol is desk.v1, frames are JSON texts. The client speaks first,
// within ten seconds, naming the last event it has (0: from now on):
//
//	→ {"type":"hello","after":120}
//	← {"type":"welcome","head":123,"server_time":"2026-11-22T08:00:00Z"}
//	← {"type":"event","id":121,"name":"ticket.created","ticket_id":"7","at":"…","data":{…}}
//
// ticket_id is absent when the event is not about a ticket. When the client's
// number is older than what is kept, or newer than anything that happened (a
// restored database), the welcome is followed by
//
//	← {"type":"reset","head":123}
//
// and the client reloads what it shows; events after 123 follow. After a reset,
// and after "hello" with 0, the client's number is the head it was told. A
// client whose number is still 0 because nothing ever happened must reload when
// it reconnects, since 0 asks for what comes from then on.
//
// Presence is shown and not stored. A client that looks at a ticket says so and
// repeats it every ten seconds; twenty seconds of silence mean gone:
//
//	→ {"type":"presence","ticket_id":"7","state":"viewing"}     or typing, gone
//	← {"type":"presence","ticket_id":"7","user":{"id":"3","name":"李敏"},"state":"typing"}
//
// Frames of an unknown type are ignored in both directions. Closing codes: 1001
// the desk stops, 1008 the client broke the protocol, 1009 a frame above 64 KB,
// 1013 come back later, 4001 the session or its rights changed (ask for the
// session, then reconnect), 4008 the client did not keep up (reconnect with the
// last number; nothing is lost).
//
// # How it works
//
// Pull, not push. The Hub keeps the latest events in a ring, each encoded once;
// every socket has a cursor and one writer goroutine that waits for a signal
// and takes what lies behind its cursor from the ring or, when it is further
// back, in pages from the Source. So no queue can overflow and no event can be
// skipped; a socket that falls too far behind is closed and resumes. Nodes wake
// each other by hints that may be lost, and look for themselves once a second.
package live
