// Package auth knows who somebody is: users with their passwords, the sessions
// of people, the tokens of machines and the links of liaisons, and what follows
// for the desk.Actor of a request. What an actor may do is desk's table; cookies, headers and
// statuses are app/api's.
//
// A password is kept as an argon2id hash, a session and a token as the SHA-256
// of a random value that only its owner has. A link is signed with a key of the
// desk and kept as its hash too; whoever holds it must still sign in, or enter a
// code that is sent to the person it was made for, and then reaches nothing but
// one escalation.
package auth
