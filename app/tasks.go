package app

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"replydesk/app/auth"
	"replydesk/app/jobs"
	"replydesk/app/store"
	"replydesk/app/store/taskdb"
	"replydesk/faq"
	"replydesk/inbox"
	"replydesk/inbox/delivery"
	"replydesk/inbox/desk"
	"replydesk/inbox/notice"
)

// How often the passes look at least.
const (
	clocksAtMost    = 500 * time.Millisecond
	wordsAtMost     = time.Second
	spikesAtMost    = 5 * time.Second
	cleanUpAtMost   = 10 * time.Minute
	retainAtMost    = 24 * time.Hour
	remindAtMost    = time.Hour
	gapsAtMost      = 5 * time.Second
	searchAtMost    = 300 * time.Millisecond
	reportsAtMost   = 2 * time.Second
	atLeast         = 50 * time.Millisecond
	policiesAtMost  = 2 * time.Second
	calendarsAtMost = time.Hour
	noticesAtMost   = time.Second // what other processes recorded
	givesAtLeast    = 200 * time.Millisecond
	givesAtMost     = 2 * time.Second
	leftAtMost      = time.Minute
)

func (a *App) openTasks(context.Context) error {
	a.runner = jobs.NewRunner(taskdb.New(a.DB), jobs.Options{
		Workers: a.Config.Jobs.Workers, Alone: a.DB.Engine() == store.SQLite, Now: a.now, Log: a.log,
		Observe: a.tasks.observe,
	})
	media := delivery.NewFetcher(a.Inbox, a.Channels, a.files)
	a.runner.Handle(inbox.TaskSendReply, delivery.NewSender(a.Inbox, a.Channels).Run)
	a.runner.Handle(inbox.TaskFetchMedia, media.Run)
	a.runner.Handle(inbox.TaskEraseFile, media.Erase)
	a.runner.Handle(inbox.TaskEntryUsed, a.countUse)
	a.runner.Handle(inbox.TaskBotAnswer, a.Bot.Run)
	a.runner.Handle(inbox.TaskAskRating, a.Inbox.AskRating)
	a.runner.Handle(faq.TaskEraseFile, func(ctx context.Context, t desk.Task) error { return a.Library.EraseFile(ctx, t.Key) })
	a.runner.Handle(faq.TaskPublish, func(ctx context.Context, t desk.Task) error { return a.Library.PublishDue(ctx, t.Key) })
	a.runner.Handle(faq.TaskIndex, func(ctx context.Context, t desk.Task) error {
		return errors.Join(a.hints.handle(ctx, t.Key), a.wantVectors(ctx))
	})
	a.runner.Handle(notice.TaskSend, a.notices.Deliver)
	a.runner.Handle(auth.TaskLinkCode, a.Auth.SendCode)
	a.runner.Handle(auth.TaskUserLost, a.takeBack)
	a.runner.Handle(faq.TaskEmbed, a.makeVectors)
	a.freed = a.recorded()
	a.DB.OnCommit(func(c store.Commit) {
		if c.Tasks {
			a.runner.Wake()
		}
	})
	return nil
}

func (a *App) countUse(ctx context.Context, t desk.Task) error {
	var use struct {
		EntryID faq.EntryID `json:"entry_id"`
	}
	if err := json.Unmarshal(t.Payload, &use); err != nil {
		return desk.Errorf(desk.Invalid, "task %s: %w", t.Kind, err)
	}
	return a.Library.CountUse(ctx, use.EntryID)
}

// takeBack lets others take over what a user may not work on any more.
func (a *App) takeBack(ctx context.Context, t desk.Task) error {
	var lost auth.Lost
	if err := json.Unmarshal(t.Payload, &lost); err != nil {
		return desk.Errorf(desk.Invalid, "task %s: %w", t.Kind, err)
	}
	return a.Inbox.TakeBack(ctx, lost.UserID)
}

// runLeft takes back what is with people who left. Every process runs it; each
// ticket is taken back once.
func (a *App) runLeft(ctx context.Context) error {
	return jobs.Repeat(ctx, "tickets of who left", atLeast, leftAtMost, a.now, a.log, a.Inbox.SweepLeft)
}

// runClocks fires the marks of the clocks when they are due. Every process
// runs it; the store sees to it that each mark fires once.
func (a *App) runClocks(ctx context.Context) error {
	return jobs.Repeat(ctx, "clocks", atLeast, clocksAtMost, a.now, a.log, a.Inbox.SweepClocks)
}

// runSnoozes brings snoozed tickets back when their time has come. Every process
// runs it; each ticket comes back once.
func (a *App) runSnoozes(ctx context.Context) error {
	return jobs.Repeat(ctx, "snoozed tickets", atLeast, clocksAtMost, a.now, a.log, a.Inbox.SweepSnoozes)
}

// runAssigning gives tickets that nobody has to the members of teams, as soon as
// something happened. Every process runs it; each ticket is given once.
func (a *App) runAssigning(ctx context.Context) error {
	return jobs.RepeatOn(ctx, a.freed, "assignment", givesAtLeast, givesAtMost, a.now, a.log, a.Inbox.AssignWaiting)
}

// runWords takes over word lists that another process changed.
func (a *App) runWords(ctx context.Context) error {
	return jobs.Repeat(ctx, "word lists", atLeast, wordsAtMost, a.now, a.log, a.Inbox.FollowWords)
}

// runSpikes looks for many messages that say the same. Every process runs it;
// each message counts once.
func (a *App) runSpikes(ctx context.Context) error {
	return jobs.Repeat(ctx, "spikes", atLeast, spikesAtMost, a.now, a.log, a.Inbox.FindSpikes)
}

// runPolicies reads the policies and calendars that another process changed.
func (a *App) runPolicies(ctx context.Context) error {
	return jobs.Repeat(ctx, "policies", atLeast, policiesAtMost, a.now, a.log, a.Inbox.RefreshPolicies)
}

// runCalendars tells when the holidays of a year are wanted and not known.
func (a *App) runCalendars(ctx context.Context) error {
	return jobs.Repeat(ctx, "calendars", atLeast, calendarsAtMost, a.now, a.log, a.Inbox.CheckCalendars)
}

// runCleanUp removes what has run out.
func (a *App) runCleanUp(ctx context.Context) error {
	return jobs.Repeat(ctx, "clean-up", atLeast, cleanUpAtMost, a.now, a.log,
		func(ctx context.Context, now time.Time) (time.Time, error) {
			return time.Time{}, a.Auth.PurgeSessions(ctx, now)
		})
}

// runGaps counts, every few seconds, what was asked and not answered well. Every
// process runs it; each question counts once.
func (a *App) runGaps(ctx context.Context) error {
	return jobs.Repeat(ctx, "gaps", atLeast, gapsAtMost, a.now, a.log, func(ctx context.Context, _ time.Time) (time.Time, error) {
		return time.Time{}, a.gaps.Collect(ctx)
	})
}

// runSearch keeps the index of ticket search up to date. Every process runs it;
// what one has done the others leave alone.
func (a *App) runSearch(ctx context.Context) error {
	return jobs.Repeat(ctx, "ticket search", atLeast, searchAtMost, a.now, a.log, a.Finder.Pass)
}

// runReports keeps the figures of the reports up to date. Every process runs it;
// what one has counted the others leave alone.
func (a *App) runReports(ctx context.Context) error {
	return jobs.Repeat(ctx, "reports", atLeast, reportsAtMost, a.now, a.log, a.Roller.Pass)
}

// runNotices tells people of what happened, as soon as it did. Every process
// runs it; each event is told once.
func (a *App) runNotices(ctx context.Context) error {
	return jobs.RepeatOn(ctx, a.happen, "notices", atLeast, noticesAtMost, a.now, a.log, a.notices.Follow)
}

// runOldNotices deletes, once a day, notices that have outlived the settings.
func (a *App) runOldNotices(ctx context.Context) error {
	return jobs.Repeat(ctx, "old notices", atLeast, retainAtMost, a.now, a.log, a.notices.Purge)
}

// runRetention deletes, once a day, the events that nothing reads any more.
func (a *App) runRetention(ctx context.Context) error {
	return jobs.Repeat(ctx, "event retention", atLeast, retainAtMost, a.now, a.log, a.Inbox.PruneEvents)
}

// runMarks makes, once a day, the marks of drafts that have none yet, and deletes
// those of old ones.
func (a *App) runMarks(ctx context.Context) error {
	return jobs.Repeat(ctx, "draft marks", atLeast, retainAtMost, a.now, a.log, a.Inbox.KeepMarks)
}

// runReminders tells departments, after midnight, whose standard answers end
// soon. An hour is the most that a changed day may go unnoticed.
func (a *App) runReminders(ctx context.Context) error {
	return jobs.Repeat(ctx, "library reminders", atLeast, remindAtMost, a.now, a.log, a.Library.Remind)
}
