// Package api is the desk's HTTP side and the only user of Fiber and huma: the
// routes under /api/v1 with their JSON, the intake of webhooks, the handshake
// of live sockets, the application's files, health and metrics. It holds no
// rule: it turns requests into calls of the use cases, and their results and
// errors into answers.
//
// # Answers
//
// JSON is snake_case, ids are strings, times RFC 3339 in UTC. Lists are
// {"items":[…],"next_cursor":"…"}. Errors are problems of RFC 9457 with a
// stable code, see Problem. The whole is described at /api/openapi.json.
//
// # Who asks
//
// A person sends the cookie desk_session, and with every write the header
// X-Desk-CSRF with the value that GET /api/v1/session answers as csrf. A
// machine sends "Authorization: Bearer <token>".
package api
