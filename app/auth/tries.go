package auth

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"replydesk/app/throttle"
)

// How many wrong passwords are taken within triesWindow, for one name from one
// address and from one address for all names. Only failures count: a whole
// office may sign in from one address in the morning.
const (
	triesPerName    = 10
	triesPerAddress = 50
	triesWindow     = 15 * time.Minute
)

// tries are what a try by this name from this address counts against. Names are
// hashed: they come from strangers and may be of any length.
func tries(username, address string) []throttle.Limit {
	from := throttle.Network(address)
	sum := sha256.Sum256([]byte(username + "\x00" + from))
	return []throttle.Limit{
		{Key: "auth.tries.name." + hex.EncodeToString(sum[:16]), Tries: triesPerName},
		{Key: "auth.tries.address." + from, Tries: triesPerAddress},
	}
}
