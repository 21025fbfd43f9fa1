import { describe, expect, it } from 'vitest'
import { counted, filterOf, queryOf } from './filter'

describe('the filter of escalations', () => {
  it('survives the address', () => {
    const filter = { view: 'open', department_id: '3', due: 'overdue', supervised: true, mine: true, q: '路灯' } as const
    expect(filterOf(queryOf(filter))).toEqual(filter)
    expect(queryOf(filterOf({}))).toEqual({})
  })
  it('takes nothing that it does not know', () => {
    expect(filterOf({ view: 'x', due: '5', department_id: 'a', q: ['1', '2'] })).toEqual({
      view: 'desk', department_id: '', due: '', supervised: false, mine: false, q: '',
    })
    expect(filterOf({ view: 'over', due: 'overdue' }).due).toBe('')
  })
})

describe('a figure', () => {
  it('is told up to 99, and not at all when there is nothing', () => {
    const counts = { desk: 100, unsigned: 99, working: 0, overdue: 1 }
    expect(['desk', 'unsigned', 'working', 'overdue', 'open'].map((name) => counted(counts, name))).toEqual(['99+', '99', '', '1', ''])
    expect(counted(undefined, 'desk')).toBe('')
  })
})
