package app

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"replydesk/app/api"
)

// taskFigures counts what the job runner did, by kind and result.
type taskFigures struct {
	mu sync.Mutex
	m  map[taskKey]taskSum
}

type taskKey struct{ kind, result string }

type taskSum struct {
	runs    int
	seconds float64
}

func (f *taskFigures) observe(kind string, took time.Duration, err error) {
	key := taskKey{kind, "done"}
	if err != nil {
		key.result = "failed"
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.m == nil {
		f.m = map[taskKey]taskSum{}
	}
	sum := f.m[key]
	f.m[key] = taskSum{sum.runs + 1, sum.seconds + took.Seconds()}
}

func (f *taskFigures) figures() []api.Figure {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []api.Figure
	for key, sum := range f.m {
		labels := map[string]string{"kind": key.kind, "result": key.result}
		out = append(out,
			api.Figure{Name: "desk_task_runs_total", Help: "Background tasks run.", Counter: true, Labels: labels, Value: float64(sum.runs)},
			api.Figure{Name: "desk_task_seconds_total", Help: "Time background tasks took.", Counter: true, Labels: labels, Value: sum.seconds})
	}
	slices.SortFunc(out, func(a, b api.Figure) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Labels["kind"]+a.Labels["result"], b.Labels["kind"]+b.Labels["result"]))
	})
	return out
}
