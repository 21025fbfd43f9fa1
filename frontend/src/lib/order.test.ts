import { describe, expect, it } from 'vitest'
import type { TicketFilter } from '@/api/tickets'
import { at, makeClock, makeTicket } from '@/testing/make'
import { compareTickets, matches, placeOf } from './order'

const now = Date.parse(at('05:00:00'))

describe('matches', () => {
  const mine = makeTicket('1', { assignee: { id: '3', name: '李敏' } })
  const free = makeTicket('2')
  const closed = makeTicket('3', { state: 'closed' })
  const near = makeTicket('4', { clocks: [makeClock({ due_at: at('06:00:00') })] })
  const answeredLate = makeTicket('5', {
    clocks: [makeClock({ state: 'missed', met_at: at('04:00:00') })],
  })

  const cases: [string, TicketFilter, ReturnType<typeof makeTicket>, boolean | undefined][] = [
    ['open takes new', { view: 'open' }, free, true],
    ['open leaves closed', { view: 'open' }, closed, false],
    ['all takes closed', { view: 'all' }, closed, true],
    ['mine takes mine', { view: 'mine' }, mine, true],
    ['mine leaves others', { view: 'mine' }, free, false],
    ['unassigned takes free', { view: 'unassigned' }, free, true],
    ['unassigned leaves mine', { view: 'unassigned' }, mine, false],
    ['due soon takes 83 %', { view: 'due_soon' }, near, true],
    ['due soon leaves what was answered late', { view: 'due_soon' }, answeredLate, false],
    [
      'review takes in_review',
      { view: 'in_review' },
      makeTicket('6', { state: 'in_review' }),
      true,
    ],
    ['account filters', { view: 'open', account_id: '2' }, free, false],
    ['kind filters', { view: 'open', kind: 'comment' }, free, false],
    ['assignee me', { view: 'open', assignee_id: 'me' }, mine, true],
    ['assignee none', { view: 'open', assignee_id: 'none' }, mine, false],
    ['department filters', { view: 'open', department_id: '1' }, free, false],
    ['category filters', { view: 'open', category: '投诉' }, free, false],
    ['priority filters', { view: 'open', priority: 'urgent' }, free, false],
    ['priority takes its own', { view: 'open', priority: 'normal' }, free, true],
    ['tag takes its own', { view: 'open', tag: '急' }, makeTicket('7', { tags: ['急'] }), true],
    ['tag leaves another', { view: 'open', tag: '急' }, makeTicket('7', { tags: ['急件'] }), false],
    ['late takes what is', { view: 'all', late: true }, makeTicket('8', { due_at: at('04:00:00') }), true],
    ['late leaves what is in time', { view: 'open', late: true }, makeTicket('8', { due_at: at('06:00:00') }), false],
    ['late leaves what has no deadline', { view: 'all', late: true }, closed, false],
    ['free text is the server’s', { view: 'open', q: '居住' }, free, undefined],
    ['free text does not save what the view refuses', { view: 'open', q: '居住' }, closed, false],
  ]
  for (const [name, filter, ticket, want] of cases) {
    it(name, () => expect(matches(filter, ticket, '3', now)).toBe(want))
  }
})

describe('order', () => {
  const a = makeTicket('9', { due_at: at('06:00:00'), last_message_at: at('01:00:00') })
  const b = makeTicket('10', { due_at: at('08:00:00'), last_message_at: at('03:00:00') })
  const none = makeTicket('11', { last_message_at: at('02:00:00') })

  it('puts the most urgent first and what has no clock last', () => {
    expect([none, b, a].toSorted(compareTickets('due')).map((t) => t.id)).toEqual(['9', '10', '11'])
  })
  it('puts those in front and then the urgent first while their clock runs', () => {
    const urgent = makeTicket('20', { priority: 'urgent', due_at: at('09:00:00') })
    const front = makeTicket('21', { in_front: true, due_at: at('09:30:00') })
    const still = makeTicket('22', { priority: 'urgent', in_front: true })
    const alarm = makeTicket('23', { priority: 'urgent', in_front: true, due_at: at('11:00:00') })
    const sorted = [a, still, urgent, b, front, alarm].toSorted(compareTickets('due'))
    expect(sorted.map((t) => t.id)).toEqual(['23', '21', '20', '9', '10', '22'])
  })
  it('puts those who wait before the others, of whom the newest comes first', () => {
    const old = makeTicket('12', { state: 'replied', last_message_at: at('01:00:00') })
    const last = makeTicket('13', { state: 'closed', last_message_at: at('04:00:00') })
    const sorted = [old, last, none, b].toSorted(compareTickets('due'))
    expect(sorted.map((t) => t.id)).toEqual(['10', '11', '13', '12'])
  })
  it('puts the newest message first', () => {
    expect([a, none, b].toSorted(compareTickets('newest')).map((t) => t.id)).toEqual([
      '10',
      '11',
      '9',
    ])
  })
  it('finds the place of a new row', () => {
    const list = [a, b, none]
    const place = (due?: string) =>
      placeOf(list, makeTicket('50', due ? { due_at: due } : {}), 'due')
    expect([place(at('05:00:00')), place(at('07:00:00')), place(at('09:00:00')), place()]).toEqual([
      0, 1, 2, 3,
    ])
  })
})
