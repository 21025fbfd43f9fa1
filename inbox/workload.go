package inbox

import (
	"context"
	"slices"

	"replydesk/inbox/desk"
)

// MaxCapacity bounds a person's capacity.
const MaxCapacity = 1000

// Workload is how much one person is given by the desk itself, and what the
// person may see. It says nothing of what people give or take by hand.
type Workload struct {
	desk.Actor
	Capacity int  // open tickets up to which the desk gives more; 0: it gives none
	Taking   bool // the person is given tickets now
	InHand   int  // open tickets: not those at departments, in review or put off
}

// WorkloadInput is what is entered; nil fields stay as they are.
type WorkloadInput struct {
	Capacity *int
	Taking   *bool
}

// Workloads are those of all who may work on tickets, by id.
func (s *Service) Workloads(ctx context.Context, actor desk.Actor) ([]Workload, error) {
	if err := actor.Require(desk.ManageTeams); err != nil {
		return nil, err
	}
	all, err := s.store.Workloads(ctx)
	return slices.DeleteFunc(all, func(w Workload) bool { return !w.Can(desk.WorkTickets) }), err
}

// ChangeWorkload says how much a person is given, and whether any.
func (s *Service) ChangeWorkload(ctx context.Context, actor desk.Actor, userID int64, in WorkloadInput) (Workload, error) {
	if err := actor.Require(desk.ManageTeams); err != nil {
		return Workload{}, err
	}
	return s.changeWorkload(ctx, actor, userID, in)
}

// OwnWorkload is the actor's own.
func (s *Service) OwnWorkload(ctx context.Context, actor desk.Actor) (Workload, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return Workload{}, err
	}
	all, err := s.store.Workloads(ctx)
	if err != nil {
		return Workload{}, err
	}
	return workloadOf(all, actor.UserID)
}

// TakeWork says whether the actor is given tickets from now on.
func (s *Service) TakeWork(ctx context.Context, actor desk.Actor, taking bool) (Workload, error) {
	if err := actor.Require(desk.WorkTickets); err != nil {
		return Workload{}, err
	}
	return s.changeWorkload(ctx, actor, actor.UserID, WorkloadInput{Taking: &taking})
}

func (s *Service) changeWorkload(ctx context.Context, actor desk.Actor, userID int64, in WorkloadInput) (Workload, error) {
	if in.Capacity != nil && (*in.Capacity < 0 || *in.Capacity > MaxCapacity) {
		return Workload{}, desk.InvalidField("capacity", "须为 0 至 %d", MaxCapacity)
	}
	var w Workload
	err := s.store.Atomic(ctx, func(tx Tx) error {
		if _, err := tx.LockTeams(ctx); err != nil {
			return err
		}
		found, err := tx.UserWorkloads(ctx, []int64{userID})
		if err != nil {
			return err
		}
		if w, err = workloadOf(found, userID); err != nil {
			return err
		}
		was := w
		if in.Capacity != nil {
			w.Capacity = *in.Capacity
		}
		if in.Taking != nil {
			w.Taking = *in.Taking
		}
		if w.Capacity == was.Capacity && w.Taking == was.Taking {
			return nil
		}
		if err := tx.SaveWorkload(ctx, w); err != nil {
			return err
		}
		e := desk.NewEvent(WorkloadChanged, s.time(), map[string]any{"user_id": id(userID), "capacity": w.Capacity, "taking": w.Taking})
		e.ActorID, e.Audience = actor.UserID, desk.ReadUsers
		return tx.Record(ctx, e)
	})
	return w, err
}

func workloadOf(all []Workload, userID int64) (Workload, error) {
	at := slices.IndexFunc(all, func(w Workload) bool { return w.UserID == userID && w.Can(desk.WorkTickets) })
	if at < 0 {
		return Workload{}, desk.Errorf(desk.NotFound, "没有这位工作人员")
	}
	return all[at], nil
}
