package desk

import (
	"encoding/json"
	"time"
)

// Task is work that must follow from a change. It is enqueued in the change's
// transaction and run at least once afterwards, so its handler is idempotent.
// While a task with the same Kind and Key waits or runs, enqueueing it again
// does nothing.
type Task struct {
	Kind        string          // "reply.send", "media.fetch" …
	Key         string          // what it acts on, usually an id
	Payload     json.RawMessage // optional; nil when the key says it all
	RunAt       time.Time       // zero: at once
	MaxAttempts int             // 0: the kind's default
}
