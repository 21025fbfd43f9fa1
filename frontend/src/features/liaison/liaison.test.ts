import { beforeEach, describe, expect, it } from 'vitest'
import type { Escalation } from '@/api/escalations'
import { holds, useKept } from './kept'
import { later, stepsOf } from './steps'

const escalation = (more: object): Escalation => ({ state: 'signed', extension: null, ...more }) as Escalation

describe('the steps of a department', () => {
  it('follow the state, what comes next first', () => {
    expect(stepsOf(escalation({ state: 'dispatched' }))).toEqual(['sign', 'answer', 'return'])
    expect(stepsOf(escalation({}))).toEqual(['answer', 'return', 'extend'])
    for (const state of ['answered', 'returning', 'returned', 'withdrawn', 'accepted'])
      expect(stepsOf(escalation({ state }))).toEqual([])
  })

  it('ask for more time once, until the desk has decided', () => {
    expect(stepsOf(escalation({ extension: { state: 'asked' } }))).not.toContain('extend')
    expect(stepsOf(escalation({ extension: { state: 'refused' } }))).toContain('extend')
  })
})

describe('more time', () => {
  const now = new Date(2026, 10, 22, 9, 5).getTime()
  it('counts from the deadline, or from now when that is over', () => {
    expect(later(new Date(2026, 10, 30, 18, 0).toISOString(), now, 1)).toBe('2026-12-01T18:00')
    expect(later(new Date(2026, 10, 20, 18, 0).toISOString(), now, 3)).toBe('2026-11-25T09:05')
    expect(later(undefined, now, 0)).toBe('2026-11-22T09:05')
  })
})

describe('words that were not sent', () => {
  beforeEach(() => localStorage.clear())

  it('outlive the page, for this person and this item alone', () => {
    useKept('1', '7').set('answer', '请到窗口')
    expect(useKept('1', '7').words.answer).toBe('请到窗口')
    expect(holds('1', '7')).toBe(true)
    expect(holds('2', '7') || holds('1', '8')).toBe(false)
  })

  it('leave nothing behind when they were sent', () => {
    const kept = useKept('1', '7')
    kept.set('answer', '请到窗口')
    kept.set('return', '不归我们管')
    kept.drop('answer')
    expect(useKept('1', '7').words).toMatchObject({ answer: '', return: '不归我们管' })
    kept.drop('return')
    expect(localStorage.length).toBe(0)
  })
})
