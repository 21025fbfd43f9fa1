import { describe, expect, it } from 'vitest'
import type { DeskFigures } from '@/api/reports'
import { columns, departmentChange } from './departments'
import { changeOf, duration, grouped, percent } from './figures'
import { daysOf, isDate, monthOf, step } from './period'

const nothing: DeskFigures = {
  received: 0,
  answered: 0,
  closed: 0,
  needed: 0,
  replied: 0,
  reply_rate: null,
  on_time: 0,
  late: 0,
  on_time_rate: null,
  first_reply_median: null,
  first_reply_p90: null,
  bot: 0,
  bot_share: null,
  rated: 0,
  marks: [0, 0, 0, 0, 0],
  mean_mark: null,
  satisfied_rate: null,
  dissatisfied_rate: null,
}

describe('the days of a report', () => {
  it('are those of a unit, as far as they have come', () => {
    const today = '2026-11-22' // a Sunday
    expect(daysOf('day', today, today)).toEqual({ from: today, to: today })
    expect(daysOf('week', today, today)).toEqual({ from: '2026-11-16', to: today })
    expect(daysOf('week', '2026-11-16', '2026-11-18')).toEqual({ from: '2026-11-16', to: '2026-11-18' })
    expect(daysOf('month', today, today)).toEqual({ from: '2026-11-01', to: today })
    expect(daysOf('month', '2028-02-10', '2028-05-01')).toEqual({ from: '2028-02-01', to: '2028-02-29' })
    expect(daysOf('quarter', today, today)).toEqual({ from: '2026-10-01', to: today })
    expect(daysOf('quarter', '2026-05-31', today)).toEqual({ from: '2026-04-01', to: '2026-06-30' })
  })

  it('go on by whole units', () => {
    expect(step('day', '2026-12-31', 1)).toBe('2027-01-01')
    expect(step('week', '2026-11-22', -1)).toBe('2026-11-09')
    expect(step('month', '2026-03-31', -1)).toBe('2026-02-01')
    expect(step('quarter', '2026-01-15', -1)).toBe('2025-10-01')
  })

  it('are a month only when all of it', () => {
    expect(monthOf({ from: '2026-02-01', to: '2026-02-28' })).toBe('2026-02')
    expect(monthOf({ from: '2026-02-01', to: '2026-02-27' })).toBe('')
    expect(monthOf({ from: '2026-01-01', to: '2026-02-28' })).toBe('')
    expect(['2026-02-28', '2026-02-29', '2026-2-1', ''].map(isDate)).toEqual([true, false, false, false])
  })
})

describe('a figure', () => {
  it('is written short', () => {
    expect([0, 59, 60, 90, 750, 5400, 100_000, 200_000].map((s) => Object.values(duration(s)).join(' '))).toEqual([
      '0 second', '59 second', '1 minute', '1.5 minute', '13 minute', '1.5 hour', '28 hour', '2.3 day',
    ])
    expect([0, 0.3333, 1].map(percent)).toEqual(['0%', '33.3%', '100%'])
  })

  it('tells what changed, and whether that is good', () => {
    const of = (now: Partial<DeskFigures>, before: Partial<DeskFigures>) => ({
      now: { ...nothing, ...now },
      before: { ...nothing, ...before },
    })
    expect(changeOf('received', of({ received: 15 }, { received: 10 }))).toEqual({ by: 50, direction: 'up', unit: 'percent', tone: 'none' })
    expect(changeOf('reply_rate', of({ reply_rate: 0.9 }, { reply_rate: 0.95 }))).toEqual({ by: 5, direction: 'down', unit: 'points', tone: 'bad' })
    expect(changeOf('first_reply_median', of({ first_reply_median: 50 }, { first_reply_median: 100 }))).toEqual({
      by: 50, direction: 'down', unit: 'percent', tone: 'good',
    })
    expect(changeOf('dissatisfied_rate', of({ dissatisfied_rate: 0.1 }, { dissatisfied_rate: 0.05 }))).toEqual({
      by: 5, direction: 'up', unit: 'points', tone: 'bad',
    })
    expect(changeOf('received', of({ received: 1 }, {}))?.by).toBeNull()
    expect(changeOf('bot_share', of({}, { bot_share: 1 }))).toBeUndefined()
  })
})

it('puts many days together by month', () => {
  const days = Array.from({ length: 120 }, (_, i) => ({
    day: new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10),
    received: 2,
    answered: 1,
    closed: 0,
  }))
  expect(grouped(days)).toEqual([
    { name: '2026-01', received: 62, answered: 31, closed: 0 },
    { name: '2026-02', received: 56, answered: 28, closed: 0 },
    { name: '2026-03', received: 62, answered: 31, closed: 0 },
    { name: '2026-04', received: 60, answered: 30, closed: 0 },
  ])
  expect(grouped(days.slice(0, 2)).map((d) => d.name)).toEqual(['01-01', '01-02'])
})

describe('what changed of a department', () => {
  const none = {
    dispatched: 0, signed: 0, signed_on_time: 0, signed_late: 0, signed_on_time_rate: null, sign_median: null, sign_p90: null,
    given_answer: 0, answer_on_time: 0, answer_late: 0, answer_on_time_rate: null, answer_median: null, answer_p90: null,
    returned: 0, withdrawn: 0, extended: 0, reworked: 0, urged: 0, supervised: 0,
  }
  const of = (figure: string) => columns.find((c) => c.figure === figure)!
  it('is told of what was given and of what was in time', () => {
    const both = { now: { ...none, dispatched: 3, answer_on_time_rate: 0.5 }, before: { ...none, dispatched: 4, answer_on_time_rate: 0.9 }, open: 1, overdue: 0 }
    expect(departmentChange(of('dispatched'), both)).toEqual({ by: 25, direction: 'down', unit: 'percent', tone: 'none' })
    expect(departmentChange(of('answer_on_time_rate'), both)).toEqual({ by: 40, direction: 'down', unit: 'points', tone: 'bad' })
    expect(departmentChange(of('urged'), both)).toBeUndefined()
    expect(departmentChange(of('open'), both)).toBeUndefined()
    expect(departmentChange(of('signed_on_time_rate'), both)).toBeUndefined()
    expect(departmentChange(of('dispatched'), { ...both, before: none })).toBeUndefined()
  })
})
