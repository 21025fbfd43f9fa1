package inboxdb

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// blockBits is how many bits of a ticket's id are its place in its block.
const (
	blockBits = 12
	blockSize = 1 << blockBits
)

// wholeBytes is the size of a set stored as one bit a ticket; a smaller one is
// a list of places, two bytes each.
const wholeBytes = blockSize / 8

// tickets is a set of tickets of one block.
type tickets [blockSize / 64]uint64

func blockOf(ticket int64) int64 { return ticket >> blockBits }

func placeOf(ticket int64) int { return int(ticket & (blockSize - 1)) }

func (s *tickets) set(place int)   { s[place/64] |= 1 << (place % 64) }
func (s *tickets) clear(place int) { s[place/64] &^= 1 << (place % 64) }

func (s *tickets) and(o *tickets) {
	for i := range s {
		s[i] &= o[i]
	}
}

func (s *tickets) len() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// newest appends the tickets of the set, in a block, that are numbered below
// before, the highest first.
func (s *tickets) newest(to []int64, block, before int64) []int64 {
	for i := len(s) - 1; i >= 0; i-- {
		for w := s[i]; w != 0; {
			top := 63 - bits.LeadingZeros64(w)
			w &^= 1 << top
			if id := block<<blockBits + int64(i*64+top); id < before {
				to = append(to, id)
			}
		}
	}
	return to
}

// bytes is how the set is stored.
func (s *tickets) bytes() []byte {
	if 2*s.len() >= wholeBytes {
		out := make([]byte, 0, wholeBytes)
		for _, w := range s {
			out = binary.LittleEndian.AppendUint64(out, w)
		}
		return out
	}
	out := make([]byte, 0, 2*s.len())
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			out = binary.LittleEndian.AppendUint16(out, uint16(i*64+bits.TrailingZeros64(w)))
		}
	}
	return out
}

// add unites the set with a stored one.
func (s *tickets) add(stored []byte) error {
	if len(stored) == wholeBytes {
		for i := range s {
			s[i] |= binary.LittleEndian.Uint64(stored[8*i:])
		}
		return nil
	}
	if len(stored) > wholeBytes || len(stored)%2 != 0 {
		return fmt.Errorf("search: %d bytes are no set of tickets", len(stored))
	}
	for ; len(stored) > 0; stored = stored[2:] {
		place := binary.LittleEndian.Uint16(stored)
		if place >= blockSize {
			return fmt.Errorf("search: no place %d in a block", place)
		}
		s.set(int(place))
	}
	return nil
}
