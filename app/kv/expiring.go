package kv

import (
	"container/heap"
	"time"
)

// expiring is a map whose entries leave at their time, soonest first when it
// is full. It is not safe for concurrent use.
type expiring[V any] struct {
	limit   int
	entries map[string]*entry[V]
	queue   queue[V]
}

type entry[V any] struct {
	key   string
	value V
	until time.Time
	index int // place in the queue
}

func newExpiring[V any](limit int) *expiring[V] {
	return &expiring[V]{limit: limit, entries: make(map[string]*entry[V])}
}

// get returns the entry of key, nil when there is none or its time has come.
func (m *expiring[V]) get(key string, now time.Time) *entry[V] {
	m.purge(now)
	return m.entries[key]
}

// full reports whether a new key would push another out.
func (m *expiring[V]) full(now time.Time) bool {
	m.purge(now)
	return len(m.entries) >= m.limit
}

// put stores value until then, pushing out the soonest to expire when full.
func (m *expiring[V]) put(key string, value V, until, now time.Time) {
	m.purge(now)
	if e := m.entries[key]; e != nil {
		e.value, e.until = value, until
		heap.Fix(&m.queue, e.index)
		return
	}
	if len(m.entries) >= m.limit {
		m.remove(m.queue[0])
	}
	e := &entry[V]{key: key, value: value, until: until}
	m.entries[key] = e
	heap.Push(&m.queue, e)
}

func (m *expiring[V]) delete(key string) {
	if e := m.entries[key]; e != nil {
		m.remove(e)
	}
}

func (m *expiring[V]) remove(e *entry[V]) {
	heap.Remove(&m.queue, e.index)
	delete(m.entries, e.key)
}

// purge lets go of everything whose time has come; each entry pays once.
func (m *expiring[V]) purge(now time.Time) {
	for len(m.queue) > 0 && !m.queue[0].until.After(now) {
		m.remove(m.queue[0])
	}
}

// queue is a heap by time, for container/heap.
type queue[V any] []*entry[V]

func (q queue[V]) Len() int           { return len(q) }
func (q queue[V]) Less(i, j int) bool { return q[i].until.Before(q[j].until) }
func (q queue[V]) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *queue[V]) Push(x any) {
	e := x.(*entry[V])
	e.index = len(*q)
	*q = append(*q, e)
}

func (q *queue[V]) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return last
}
