import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import { dispatch } from '@/live/events'
import { useCounts } from './counts'

beforeEach(() => setActivePinia(createPinia()))

const none = { open: 0, mine: 0, unassigned: 0, due_soon: 0, overdue: 0, snoozed: 0, in_review: 0, failed: 0, dead_work: 0 }

it('counts what nobody could read and dead tasks beside the replies that did not leave', () => {
  const counts = useCounts()
  expect(counts.waiting).toEqual({ inbox: 0, operations: 0 })
  counts.counts = { ...none, overdue: 2, failed: 3, dead_work: 4 }
  expect(counts.waiting).toEqual({ inbox: 2, operations: 7 })
})

it('hears of letters and tasks that died', () => {
  const heard: string[] = []
  const hear = (what: string) => () => void heard.push(what)
  const actions = {
    ticket: hear('ticket'),
    accounts: hear('accounts'),
    users: hear('users'),
    library: hear('library'),
    operations: hear('operations'),
    reviews: hear('reviews'),
    notices: hear('notices'),
    senders: hear('senders'),
    alerts: hear('alerts'),
    views: hear('views'),
    ratings: hear('ratings'),
    escalations: hear('escalations'),
    teams: hear('teams'),
    deadLetter: hear('deadLetter'),
  }
  for (const name of ['payload.died', 'task.died'])
    dispatch({ id: 1, name, at: '2026-11-22T01:00:00Z', data: {} } as never, actions)
  expect(heard).toEqual(['deadLetter', 'operations'])
})
