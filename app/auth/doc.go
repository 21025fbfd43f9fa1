// Package auth knows who somebody is: users with their passwords, the sessions
// of people and the tokens of machines, and what follows for the desk.Actor of
// a request. What an actor may do is desk's table; cookies, headers and
// statuses are app/api's.
//
// A password is kept as an argon2id hash, a session and a token as the SHA-256
// of a random value that only its owner has.
package auth
