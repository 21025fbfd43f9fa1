package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"replydesk/app/auth"
)

// answer is what a handler of huma returns.
type answer[T any] struct{ Body T }

// route registers a handler that answers with a T.
func route[I, T any](s *Server, op huma.Operation, handle func(ctx context.Context, who auth.Principal, in *I) (T, error)) {
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*answer[T], error) {
		out, err := handle(ctx, principalOf(ctx), in)
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		return &answer[T]{out}, nil
	})
}

// command registers a handler that answers with nothing but 204.
func command[I any](s *Server, op huma.Operation, handle func(ctx context.Context, who auth.Principal, in *I) error) {
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*struct{}, error) {
		if err := handle(ctx, principalOf(ctx), in); err != nil {
			return nil, s.problem(ctx, err)
		}
		return nil, nil
	})
}

// created makes an operation answer 201.
func created(op huma.Operation) huma.Operation {
	op.DefaultStatus = http.StatusCreated
	return op
}

// nothing is the input of a route that takes none.
type nothing struct{}

// ByID is the input of a route about one thing.
type ByID struct {
	ID PathID `path:"id"`
}

// operationArgs are the arguments of operation, for tables of routes.
type operationArgs struct{ method, path, name, summary string }

func (s *Server) op(a operationArgs) huma.Operation {
	return s.operation(a.method, a.path, a.name, a.summary)
}
