package wechat

import (
	"time"

	"replydesk/inbox/channel"
)

// TokenKey is where the token of an account is kept.
func TokenKey(appID, secret string) string { return tokenKey(appID, secret) }

// PassiveBody is the passive reply to a push of payload, with what is random
// otherwise given.
func PassiveBody(c channel.Channel, payload, text string, now time.Time, random [16]byte, nonce string) ([]byte, error) {
	tree, err := parsePayload([]byte(payload))
	if err != nil {
		return nil, err
	}
	o := c.(*official)
	return o.answering(tree, o.keys[0]).body(text, now, random, nonce)
}
