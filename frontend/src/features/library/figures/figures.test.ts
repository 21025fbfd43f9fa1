import { describe, expect, it } from 'vitest'
import type { BotDay } from '@/api/reports'
import { columnsOf, top } from './chart'
import { share } from './share'

const day = (day: string, counts: Partial<BotDay> = {}): BotDay => ({
  day,
  asked: 0,
  answered: 0,
  sure: 0,
  chosen: 0,
  clicked: 0,
  undelivered: 0,
  menus: 0,
  handed_over: 0,
  silent: 0,
  helpful: 0,
  unhelpful: 0,
  corrected: 0,
  right: 0,
  ...counts,
})

describe('the chart of days', () => {
  it('ends its scale at a round number', () => {
    expect([0, 1, 3, 7, 12, 41, 99, 260].map(top)).toEqual([1, 1, 4, 10, 20, 50, 100, 400])
  })

  it('never has a part below nothing', () => {
    for (let asked = 0; asked < 40; asked++) {
      for (let right = 0; right <= asked; right++) {
        const { rest, wrong } = columnsOf([day('2026-11-23', { asked, answered: asked, right })]).columns[0]!
        expect(Math.min(rest, wrong)).toBeGreaterThanOrEqual(0)
      }
    }
  })
  it('has a column for each day', () => {
    const { columns, end } = columnsOf([
      day('2026-11-21'),
      day('2026-11-22', { asked: 6, answered: 4, right: 3 }),
      day('2026-11-23', { asked: 1, answered: 2, right: 2 }),
    ])
    expect(end).toBe(10)
    expect(columns).toEqual([
      { day: '2026-11-21', asked: 0, right: 0, wrong: 0, rest: 0 },
      { day: '2026-11-22', asked: 0.6, right: 0.3, wrong: 0.1, rest: 0.2 },
      { day: '2026-11-23', asked: 0.2, right: 0.2, wrong: 0, rest: 0 },
    ])
  })
})

describe('a share', () => {
  it('is whole percents, and none of nothing', () => {
    expect([share(2, 3), share(0, 5), share(0, 0)]).toEqual(['67%', '0%', '–'])
  })
})
