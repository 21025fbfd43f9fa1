import { defineStore } from 'pinia'
import * as api from '@/api/tickets'
import type { Priority, Ticket } from '@/api/tickets'
import type { Ref } from '@/api/client'
import { dispatch as dispatchTicket, type NewDispatch } from '@/api/escalations'
import { t, te } from '@/i18n'
import { errorText } from '@/lib/errors'
import { shortMoment } from '@/lib/time'
import { useCounts } from './counts'
import { useThread } from './thread'
import { useTickets } from './tickets'
import { useToasts } from './toasts'

/** What one does with a ticket: shown at once, taken back when the server refuses, with an undo. */
export const useActions = defineStore('actions', () => {
  const thread = useThread()
  const tickets = useTickets()
  const counts = useCounts()
  const toasts = useToasts()

  interface Step {
    ticket: Ticket
    change: Partial<Ticket>
    call: () => Promise<Ticket>
    said: string
    undo?: () => Promise<unknown>
  }

  /** Whether the server took it. */
  async function run(step: Step): Promise<boolean> {
    const before = Object.fromEntries(
      Object.keys(step.change).map((name) => [name, step.ticket[name as keyof Ticket]]),
    ) as Partial<Ticket>
    show(step.ticket.id, step.change)
    try {
      const ticket = await step.call()
      thread.merge(ticket)
      tickets.merge(ticket)
      counts.touch()
      toasts.say(step.said, step.undo && (() => void step.undo?.()))
      return true
    } catch (error) {
      show(step.ticket.id, before)
      fail(error)
      return false
    }
  }

  function show(id: string, change: Partial<Ticket>): void {
    thread.patch(id, change)
    tickets.patch(id, change)
  }

  function fail(error: unknown): void {
    toasts.fail(errorText(error, t, te))
  }

  function assign(ticket: Ticket, assignee: Ref | null, undoable = true): Promise<boolean> {
    const before = ticket.assignee ?? null
    return run({
      ticket,
      change: { assignee },
      call: () => api.assign(ticket.id, assignee?.id ?? ''),
      said: assignee ? t('done.assigned', { name: assignee.name }) : t('done.unassigned'),
      undo: undoable ? () => assign({ ...ticket, assignee }, before, false) : undefined,
    })
  }

  /** One that was not answered needs a reason. */
  function close(ticket: Ticket, reason = ''): Promise<boolean> {
    return run({
      ticket,
      change: { state: 'closed' },
      call: () => api.close(ticket.id, reason),
      said: t('done.closed', { number: ticket.number }),
      undo: () => undo({ ...ticket, state: 'closed' }, ticket.state),
    })
  }

  function reopen(ticket: Ticket): Promise<boolean> {
    return run({
      ticket,
      change: { state: 'open' },
      call: () => api.reopen(ticket.id),
      said: t('done.reopened', { number: ticket.number }),
    })
  }

  /** Takes back how it was just ended; it stands again where it stood. */
  function undo(ticket: Ticket, state: Ticket['state']): Promise<boolean> {
    return run({
      ticket,
      change: { state, merged_into: undefined },
      call: () => api.undo(ticket.id),
      said: t('done.undone', { number: ticket.number }),
    })
  }

  function merge(ticket: Ticket, into: { id: string; number: string }): Promise<boolean> {
    return run({
      ticket,
      change: { state: 'merged', merged_into: into },
      call: () => api.merge(ticket.id, into.id),
      said: t('merge.done', { number: ticket.number, into: into.number }),
      undo: () => undo({ ...ticket, state: 'merged', merged_into: into }, ticket.state),
    })
  }

  /** The new ticket; merging it back is the undo. */
  async function split(
    ticket: Ticket,
    messages: string[],
    answered: boolean,
  ): Promise<Ticket | undefined> {
    try {
      const made = await api.split(ticket.id, messages, answered)
      thread.touch(ticket.id)
      tickets.merge(made)
      counts.touch()
      toasts.say(t('split.done', { number: made.number }), () => void merge(made, ticket))
      return made
    } catch (error) {
      fail(error)
      return undefined
    }
  }

  function ignore(ticket: Ticket, reason: string): Promise<boolean> {
    return run({
      ticket,
      change: { state: 'ignored' },
      call: () => api.ignore(ticket.id, reason),
      said: t('done.ignored', { number: ticket.number }),
      undo: () => undo({ ...ticket, state: 'ignored' }, ticket.state),
    })
  }

  /** Without until somebody has to resume it. */
  function pause(ticket: Ticket, reason: string, until: string): Promise<boolean> {
    return run({
      ticket,
      change: {},
      call: () => api.pause(ticket.id, reason, until),
      said: t('done.paused'),
      undo: () => resume(ticket),
    })
  }

  function resume(ticket: Ticket): Promise<boolean> {
    return run({
      ticket,
      change: {},
      call: () => api.resume(ticket.id),
      said: t('done.resumed'),
    })
  }

  function postpone(ticket: Ticket, reason: string, until: string): Promise<boolean> {
    return run({
      ticket,
      change: {},
      call: () => api.postpone(ticket.id, reason, until),
      said: t('done.postponed'),
    })
  }

  /** Out of the lists until a time; the clock runs on. */
  function snooze(ticket: Ticket, until: string): Promise<boolean> {
    return run({
      ticket,
      change: { snoozed_until: until },
      call: () => api.snooze(ticket.id, until),
      said: t('done.snoozed', { until: shortMoment(until) }),
      undo: () => wake(ticket),
    })
  }

  function wake(ticket: Ticket): Promise<boolean> {
    return run({
      ticket,
      change: { snoozed_until: undefined },
      call: () => api.wake(ticket.id),
      said: t('done.woken'),
    })
  }

  function thanked(ticket: Ticket): Promise<boolean> {
    return run({
      ticket,
      change: { state: 'replied' },
      call: () => api.thanked(ticket.id),
      said: t('done.thanked', { number: ticket.number }),
      undo: () => undo({ ...ticket, state: 'replied' }, ticket.state),
    })
  }

  function prioritize(ticket: Ticket, priority: Priority, undoable = true): Promise<boolean> {
    const before = ticket.priority
    return run({
      ticket,
      change: { priority },
      call: () => api.prioritize(ticket.id, priority),
      said: t('done.prioritized', { priority: t(`ticket.priority.${priority}`) }),
      undo: undoable ? () => prioritize({ ...ticket, priority }, before, false) : undefined,
    })
  }

  /** '' takes it away. */
  function categorize(ticket: Ticket, category: string, undoable = true): Promise<boolean> {
    const before = ticket.category ?? ''
    return run({
      ticket,
      change: { category: category || undefined },
      call: () => api.categorize(ticket.id, category),
      said: category ? t('done.categorized', { name: category }) : t('done.uncategorized'),
      undo: undoable ? () => categorize({ ...ticket, category }, before, false) : undefined,
    })
  }

  function tag(ticket: Ticket, tags: string[], undoable = true): Promise<boolean> {
    const before = ticket.tags
    return run({
      ticket,
      change: { tags },
      call: () => api.tag(ticket.id, tags),
      said: t('done.tagged'),
      undo: undoable ? () => tag({ ...ticket, tags }, before, false) : undefined,
    })
  }

  function dispatch(ticket: Ticket, department: Ref, how: NewDispatch): Promise<boolean> {
    return run({
      ticket,
      change: { state: 'with_department', department },
      call: () => dispatchTicket(ticket.id, { ...how, department_id: department.id }),
      said: t('done.escalated', { name: department.name }),
    })
  }

  return { snooze, wake, pause, resume, postpone, thanked, assign, close, reopen, ignore, merge, split, prioritize, categorize, tag, dispatch, fail }
})
