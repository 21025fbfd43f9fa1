package store

import (
	"context"
	"database/sql"
	"sync"
)

// maxStatements bounds a cache of prepared statements. The desk's SQL is fixed
// text plus a few composed filters, so the bound is hardly met; past it further
// texts run without being kept. None is ever closed while it may be in use.
const maxStatements = 512

// preparer is a *sql.DB or a *sql.Conn.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// stmtCache prepares each SQL text once. get returns nil without an error for
// a text that is not to be kept: run it straight.
type stmtCache struct {
	on preparer
	mu sync.RWMutex
	m  map[string]*sql.Stmt
}

func newStmtCache(on preparer) *stmtCache {
	return &stmtCache{on: on, m: make(map[string]*sql.Stmt)}
}

func (c *stmtCache) get(ctx context.Context, query string) (*sql.Stmt, error) {
	c.mu.RLock()
	stmt, full := c.m[query], len(c.m) >= maxStatements
	c.mu.RUnlock()
	if stmt != nil || full {
		return stmt, nil
	}
	// A statement outlives the request that first needed it.
	stmt, err := c.on.PrepareContext(context.WithoutCancel(ctx), query)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if had := c.m[query]; had != nil {
		_ = stmt.Close()
		return had, nil
	}
	c.m[query] = stmt
	return stmt, nil
}

func (c *stmtCache) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, stmt := range c.m {
		_ = stmt.Close()
	}
	clear(c.m)
}
