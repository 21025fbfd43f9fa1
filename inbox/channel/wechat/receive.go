package wechat

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

const plainText = "text/plain; charset=utf-8"

// maxEcho bounds the string that a verification makes us reflect.
const maxEcho = 1024

// Refusals of Receive. They say to the caller what to look at, nothing of the
// payload.
func refused(format string, args ...any) error {
	return desk.Errorf(desk.Forbidden, "wechat: "+format, args...)
}

func malformed(format string, args ...any) error {
	return desk.Errorf(desk.Invalid, "wechat: "+format, args...)
}

// Receive implements channel.Channel.
//
// A GET is the console's URL verification. A POST is a push: its signature and
// timestamp are checked for every account. Safe and compatible accounts take
// only pushes with a cipher text whose msg_signature holds, for signature does
// not cover the body: whoever saw one URL could post plain messages. A plain
// account takes plain bodies and, when it has a key, encrypted ones; the receipt
// of a plain body has a Binding.
//
// A genuine push that cannot be read becomes a dead letter: not XML or JSON, no
// MsgType or sender, addressed to another original id, or encrypted for a plain
// account that has no key. Bodies over 1 MiB are Invalid.
func (o *official) Receive(r channel.Request, now time.Time) (channel.Receipt, error) {
	if len(r.Body) > maxBody {
		return channel.Receipt{}, malformed("the body is larger than 1 MiB")
	}
	stamp, nonce := r.Query.Get("timestamp"), r.Query.Get("nonce")
	if !signed(r.Query.Get("signature"), o.settings.Token, stamp, nonce) {
		return channel.Receipt{}, refused("the signature does not match")
	}
	if !fresh(stamp, now, o.options.Freshness) {
		return channel.Receipt{}, refused("the timestamp is too old or in the future")
	}
	switch r.Method {
	case http.MethodGet:
		receipt, err := verification(r.Query.Get("echostr"))
		receipt.Binding = o.binding(r, false)
		return receipt, err
	case http.MethodPost:
		return o.push(r, stamp, nonce, now)
	}
	return channel.Receipt{}, malformed("only GET and POST are served")
}

// verification answers the console's test of the URL with its own string.
func verification(echo string) (channel.Receipt, error) {
	if echo == "" || len(echo) > maxEcho {
		return channel.Receipt{}, malformed("echostr is missing or too long")
	}
	answer := channel.Response{Status: http.StatusOK, ContentType: plainText, Body: []byte(echo)}
	return channel.Receipt{Challenge: &answer}, nil
}

// push opens and reads the body of a POST whose signature holds.
func (o *official) push(r channel.Request, stamp, nonce string, now time.Time) (channel.Receipt, error) {
	receipt := channel.Receipt{Ack: channel.Response{
		Status: http.StatusOK, ContentType: plainText, Body: []byte("success"),
	}}
	if len(r.Body) == 0 {
		return channel.Receipt{}, malformed("the body is empty")
	}
	encrypted, err := o.expectEncrypted(r.Query)
	if err != nil {
		return channel.Receipt{}, err
	}
	receipt.Binding = o.binding(r, encrypted)
	raw := r.Body
	var key *messageKey
	if encrypted {
		if raw, key, err = o.decryptPush(r, stamp, nonce); err != nil {
			return channel.Receipt{}, err
		}
	}
	var item channel.Inbound
	tree, err := parsePayload(raw)
	if err == nil {
		item, err = o.inbound(tree, raw, now)
	}
	if err != nil {
		receipt.Dead = deadLetter(tree, raw, err)
		return receipt, nil
	}
	receipt.Items = []channel.Inbound{item}
	receipt.Passive = o.answering(tree, key).pack
	return receipt, nil
}

// keepUnchecked is how long a body is bound to its signature when timestamps
// are not checked: then a signature would be good for ever.
const keepUnchecked = 24 * time.Hour

// binding ties the body of a plain account's call to its signature, which does
// not cover it. The key is the signature itself, not timestamp and nonce: those
// are signed without a separator, so that digits can be moved from one to the
// other. A URL verification binds its signature to no body at all.
func (o *official) binding(r channel.Request, encrypted bool) *channel.Binding {
	if o.settings.Mode != Plain || encrypted {
		return nil
	}
	keep := 2 * o.options.Freshness // a timestamp may be that far in the future
	if keep <= 0 {
		keep = keepUnchecked
	}
	return &channel.Binding{
		Key:  "wechat.signature." + strconv.FormatInt(o.id, 10) + "." + r.Query.Get("signature"),
		Body: digest(r.Body), For: keep,
	}
}

// expectEncrypted decides by mode, keys and query whether the body must be a
// cipher text.
func (o *official) expectEncrypted(q url.Values) (bool, error) {
	said := false
	switch kind := q.Get("encrypt_type"); kind {
	case "aes":
		said = true
	case "", "raw":
	default:
		return false, malformed("encrypt_type is neither aes nor raw")
	}
	if o.settings.Mode != Plain && !said {
		return false, refused("the account does not take plain messages")
	}
	return said && len(o.keys) > 0, nil
}

// decryptPush checks msg_signature and returns the payload inside the body and
// the key it was sealed with, trying the current key first and the previous one while a change spreads.
func (o *official) decryptPush(r channel.Request, stamp, nonce string) ([]byte, *messageKey, error) {
	envelope, err := parsePayload(r.Body)
	if err != nil {
		return nil, nil, malformed("the envelope is neither XML nor JSON")
	}
	secret := envelope.get("Encrypt")
	if secret == "" {
		return nil, nil, malformed("encrypt_type is aes but the envelope has no Encrypt")
	}
	if !signed(r.Query.Get("msg_signature"), o.settings.Token, stamp, nonce, secret) {
		return nil, nil, refused("the msg_signature does not match")
	}
	return o.decrypt(secret)
}

// decrypt tries the account's keys in turn and returns the one that fitted.
func (o *official) decrypt(secret string) ([]byte, *messageKey, error) {
	var first error
	for _, key := range o.keys {
		raw, err := key.open(secret, o.settings.AppID)
		if err == nil {
			return raw, key, nil
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		first = errNoKey
	}
	return nil, nil, refused("the message cannot be decrypted: %w", first)
}

// fresh reports whether a push's timestamp is within the limit of now.
func fresh(stamp string, now time.Time, limit time.Duration) bool {
	if limit < 0 {
		return true
	}
	at, ok := unixTime(stamp)
	return ok && now.Sub(at).Abs() <= limit
}

// unixTime reads seconds since 1970, or milliseconds when the number is too
// large for seconds. ok is false for what no calendar here can hold.
func unixTime(text string) (t time.Time, ok bool) {
	const maxSeconds = 253402300799 // the end of the year 9999
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return time.Time{}, false
	}
	if n <= maxSeconds {
		return time.Unix(n, 0).UTC(), true
	}
	if n/1000 <= maxSeconds {
		return time.UnixMilli(n).UTC(), true
	}
	return time.Time{}, false
}

// deadLetter keeps what cannot be read under its MsgId, or under its hash.
func deadLetter(tree *node, raw []byte, reason error) *channel.DeadLetter {
	id := tree.get("MsgId")
	if id == "" || len(id) > maxID {
		id = digest(raw)
	}
	return &channel.DeadLetter{ExternalID: id, Raw: raw, Reason: reason.Error()}
}

// digest names a payload that has no id of its own. The platform sends a retry
// with the same content.
func digest(raw []byte) string {
	sum := sha256.Sum256(raw)
	return "sha256:" + hex.EncodeToString(sum[:])
}
