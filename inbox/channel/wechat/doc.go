// Package wechat is the channel of a WeChat official account (微信公众号). It
// verifies, decrypts and parses what the platform pushes, sends
// customer-service messages and public replies to comments, downloads media,
// and turns the platform's codes into outcomes. Nothing outside this folder knows WeChat's XML, signatures,
// tokens or codes.
//
// Of github.com/silenceper/wechat/v2 only the package util is linked. Its
// callback server accepts a plain body on a safe-mode account and loses error
// codes, and its HTTP calls go through one process-wide client, which cannot
// serve a base URL for each account. Its root package must never be imported:
// that turns on debug logging of message bodies for the whole process.
package wechat
