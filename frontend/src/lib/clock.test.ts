import { describe, expect, it } from 'vitest'
import { at, makeClock } from '@/testing/make'
import { chipReading, ownClock, readClock, spanParts } from './clock'

const time = (text: string) => Date.parse(at(text))

describe('readClock', () => {
  const cases = [
    { name: 'runs', clock: makeClock(), now: '02:00:00', look: 'running', span: 8 * 3600_000 },
    {
      name: 'is near from 80 %',
      clock: makeClock(),
      now: '08:00:00',
      look: 'near',
      span: 2 * 3600_000,
    },
    {
      name: 'is not near a second before',
      clock: makeClock(),
      now: '07:59:59',
      look: 'running',
      span: 7_201_000,
    },
    {
      name: 'is near when the server warned',
      clock: makeClock({ warned: 80 }),
      now: '02:00:00',
      look: 'near',
      span: 8 * 3600_000,
    },
    {
      name: 'is late the moment it is due',
      clock: makeClock(),
      now: '10:00:00',
      look: 'late',
      span: 0,
    },
    {
      name: 'counts up when late',
      clock: makeClock({ state: 'missed' }),
      now: '10:00:42',
      look: 'late',
      span: 42_000,
    },
    {
      name: 'stops when answered late',
      clock: makeClock({ state: 'missed', met_at: at('11:00:00') }),
      now: '20:00:00',
      look: 'answered_late',
      span: 3600_000,
    },
    { name: 'stands still', clock: makeClock({ state: 'paused' }), now: '20:00:00', look: 'paused', span: 0 },
    { name: 'is met', clock: makeClock({ state: 'met' }), now: '20:00:00', look: 'met', span: 0 },
    {
      name: 'shows nothing when cancelled',
      clock: makeClock({ state: 'cancelled' }),
      now: '02:00:00',
      look: 'none',
      span: 0,
    },
  ]
  for (const test of cases) {
    it(test.name, () => {
      const reading = readClock(test.clock, time(test.now))
      expect({ look: reading.look, span: reading.span }).toEqual({
        look: test.look,
        span: test.span,
      })
    })
  }
})

describe('chipReading', () => {
  it('shows what is due first among running clocks', () => {
    const reading = chipReading(
      [makeClock({ id: 'later' }), makeClock({ id: 'sooner', due_at: at('09:00:00') })],
      time('02:00:00'),
    )
    expect(reading.clock?.id).toBe('sooner')
  })
  it('prefers a running clock to one that was met', () => {
    const reading = chipReading(
      [makeClock({ id: 'met', state: 'met', due_at: at('01:00:00') }), makeClock({ id: 'runs' })],
      time('02:00:00'),
    )
    expect(reading.clock?.id).toBe('runs')
  })
  it('shows how the last clock ended when none runs', () => {
    const reading = chipReading(
      [
        makeClock({ id: 'first', state: 'met', due_at: at('01:00:00') }),
        makeClock({
          id: 'second',
          state: 'missed',
          due_at: at('03:00:00'),
          met_at: at('04:00:00'),
        }),
      ],
      time('12:00:00'),
    )
    expect(reading.look).toBe('answered_late')
  })
  it('prefers a clock that stands still to one that has ended', () => {
    const reading = chipReading(
      [makeClock({ id: 'met', state: 'met' }), makeClock({ id: 'still', state: 'paused' })],
      time('02:00:00'),
    )
    expect(reading.clock?.id).toBe('still')
  })
  it('shows nothing without clocks', () => {
    expect(chipReading([], 0).look).toBe('none')
  })
})

describe('ownClock', () => {
  it('is the open one that is no department’s', () => {
    const clocks = [
      makeClock({ id: 'met', state: 'met' }),
      makeClock({ id: 'theirs', escalation_id: '7' }),
      makeClock({ id: 'ours', state: 'paused' }),
    ]
    expect(ownClock(clocks)?.id).toBe('ours')
    expect(ownClock(clocks.slice(0, 2))).toBeUndefined()
  })
})

describe('spanParts', () => {
  const cases: [number, number, string][] = [
    [0, 0, '0:00'],
    [42_999, 0, '0:42'],
    [192_000, 0, '3:12'],
    [3_599_999, 0, '59:59'],
    [3_600_000, 0, '1:00:00'],
    [86_399_000, 0, '23:59:59'],
    [99 * 3_600_000, 0, '99:00:00'],
    [100 * 3_600_000, 4, '4:00'],
    [-5, 0, '0:00'],
  ]
  for (const [milliseconds, days, text] of cases) {
    it(`${milliseconds} ms is ${days} d ${text}`, () => {
      expect(spanParts(milliseconds)).toEqual({ days, text })
    })
  }
})
