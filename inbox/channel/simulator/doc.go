// Package simulator is a WeChat Official Account platform that behaves: it
// signs and encrypts its callbacks, waits five seconds and delivers again,
// keeps tokens that expire, opens and closes send windows, and fails in the
// ways a test asks for. The demo page, the tests and the benchmarks all use it
// over real HTTP, so what they prove holds for the wire and not for a stand-in.
//
// One Server serves three things on one address:
//
//   - /cgi-bin/…  the platform's API, as the desk calls it
//   - /phone      a page on which a visitor plays the citizen
//   - /sim/…      a control API in JSON for that page, tests and scripts
//
// The control API has no sign-in. Listen on a loopback address only.
//
// Where the platform's documents are silent the package takes the stricter
// reading; such choices say so at the place. Articles and the comments under
// them come from the program that runs the simulator; nobody writes a comment
// on the page.
//
// The package knows nothing of the desk: it uses of the wechat package only the
// signature and the cipher.
package simulator
