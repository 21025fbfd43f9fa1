// Package notice tells people what happened that concerns them. A pass follows
// the event log behind a stored cursor (Follow): a table of rules (rule.go) says
// which event concerns whom, the person's own settings by which medium and when
// (quiet hours, digest), and what must leave the desk becomes a send, delivered
// by tasks (Deliver) with retries and a log.
//
// A notice is written exactly once for an event and a person, and a send once
// for a notice and a medium, whatever process writes it and wherever it is
// killed. A send itself is attempted at least once: a process that dies between
// the platform's answer and our note of it sends again, because a notice read
// twice harms nobody and one that never comes does.
//
// A notice keeps ids and short facts, never a citizen's words: what it shows of
// a ticket is read when it is shown or sent, and masked before it leaves. How an
// e-mail or a robot is talked to is the Sender's matter (app/notify); tables are
// the Store's (app/store/noticedb).
package notice
