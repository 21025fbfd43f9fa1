import { describe, expect, it } from 'vitest'
import { firstBlank, parts } from './blank'

describe('blanks', () => {
  it('finds the first', () => {
    expect(firstBlank('您好')).toBeUndefined()
    expect(firstBlank('👋【请填写：市民称呼】您好【请填写：日期】')).toEqual([2, 12])
    expect(firstBlank('【请填写：】')).toBeUndefined()
  })

  it('parts a text', () => {
    expect(parts('【请填写：市民称呼】您好')).toEqual([
      { text: '【请填写：市民称呼】', blank: true },
      { text: '您好', blank: false },
    ])
    expect(parts('您好')).toEqual([{ text: '您好', blank: false }])
  })
})
