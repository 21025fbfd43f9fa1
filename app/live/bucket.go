package live

import "time"

// maxRefused is how many frames in a row may be refused before it is a flood.
const maxRefused = 200

// bucket limits the frames of one client: size at once, perSecond in the long
// run. It belongs to one goroutine.
type bucket struct {
	size, perSecond float64
	now             func() time.Time

	used    float64
	since   time.Time
	refused int
}

// take asks for one turn.
func (b *bucket) take() bool {
	now := b.now()
	if !b.since.IsZero() {
		b.used = max(b.used-now.Sub(b.since).Seconds()*b.perSecond, 0)
	}
	b.since = now
	if b.used+1 > b.size {
		b.refused++
		return false
	}
	b.used++
	b.refused = 0
	return true
}

// flooded reports whether the client went on and on without a turn.
func (b *bucket) flooded() bool { return b.refused > maxRefused }
