import { describe, expect, it } from 'vitest'
import { asked, mentionsIn, pieces } from './mention'

const zhou = { kind: 'user', id: '2', name: '周敏' } as const
const other = { kind: 'user', id: '9', name: '周敏' } as const
const junior = { kind: 'user', id: '5', name: '周敏儿' } as const
const police = { kind: 'department', id: '1', name: '公安局' } as const

describe('mentions', () => {
  it('ask for what is typed behind an @', () => {
    expect(asked('请@周', 3)).toEqual({ from: 1, query: '周' })
    expect(asked('@', 1)).toEqual({ from: 0, query: '' })
    expect(asked('请@周敏 看', 6)).toBeUndefined()
    expect(asked('写信到a@周', 6)).toBeUndefined()
    expect(asked('请@周敏', 1)).toBeUndefined()
  })

  it('are the places where the chosen are named', () => {
    expect(mentionsIn('👋@周敏 与@公安局，@李敏', [zhou, police])).toEqual([
      { user_id: '2', from: 1, to: 4 },
      { department_id: '1', from: 6, to: 10 },
    ])
    expect(mentionsIn('@周敏儿 @周敏 @周敏', [zhou, junior, other])).toEqual([
      { user_id: '5', from: 0, to: 4 },
      { user_id: '2', from: 5, to: 8 },
      { user_id: '9', from: 9, to: 12 },
    ])
    expect(mentionsIn('周敏', [zhou])).toEqual([])
  })

  it('part a note', () => {
    const mention = { user_id: '2', from: 1, to: 4 }
    expect(pieces('👋@周敏 看', [mention])).toEqual([
      { text: '👋' },
      { text: '@周敏', mention },
      { text: ' 看' },
    ])
    expect(pieces('短', [mention])).toEqual([{ text: '短' }])
  })
})
