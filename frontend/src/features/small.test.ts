import { describe, expect, it } from 'vitest'
import { accountBody, type AccountForm } from './accounts/form'
import {
  filterCount,
  filterFromQuery,
  filterOfView,
  isNarrowed,
  queryFromFilter,
  sameFilter,
  savedFilterOf,
} from './inbox/filter'
import { contentOf, differences, emptyContent, tidy } from './library/content'

describe('the filter in the address', () => {
  it('goes there and back', () => {
    const filter = {
      view: 'all',
      state: 'closed',
      kind: 'comment',
      q: '居住证',
      sort: 'newest',
      priority: 'urgent',
      category: '投诉',
      late: true,
    } as const
    expect(filterFromQuery(queryFromFilter(filter))).toEqual(filter)
  })
  it('takes nothing unknown', () => {
    expect(
      filterFromQuery({ view: 'drop table', state: 'x', kind: ['comment'], sort: '1' }),
    ).toEqual({ view: 'open' })
  })
  it('counts what is set beside the view', () => {
    expect(filterCount({ view: 'all', state: 'open', q: 'x', account_id: '1' })).toBe(2)
  })
  it('is saved without what the list leaves out, and is the same when it comes back', () => {
    const filter = { view: 'open', tag: '急', from: '2026-11-01', kind: undefined } as const
    expect(savedFilterOf(filter)).toEqual({ view: 'open', tag: '急' })
    expect(savedFilterOf({ ...filter, q: '路灯' })).toEqual({
      view: 'open',
      tag: '急',
      q: '路灯',
      from: '2026-11-01',
    })
    expect(sameFilter(filterOfView({ view: 'open', tag: '急' }), { view: 'open', tag: '急', sort: 'due' })).toBe(true)
    expect(sameFilter({ view: 'open', tag: '急' }, { view: 'open', tag: '急', late: true })).toBe(false)
    expect(sameFilter({ view: 'open' }, { view: 'open', sort: 'newest' })).toBe(false)
  })
  it('can be saved once it is more than a view', () => {
    expect(isNarrowed({ view: 'mine' })).toBe(false)
    expect(isNarrowed({ view: 'mine', sort: 'due' })).toBe(false)
    expect(isNarrowed({ view: 'mine', sort: 'newest' })).toBe(true)
    expect(isNarrowed({ view: 'mine', q: 'x' })).toBe(true)
  })
})

describe('an entry’s content', () => {
  it('is trimmed, without empty rows; an empty date clears', () => {
    const content = {
      ...emptyContent(),
      question: ' 问 ',
      similar_questions: ['a', ' ', ' b '],
      valid_from: '2026-01-01',
    }
    expect(tidy(content)).toMatchObject({
      question: '问',
      similar_questions: ['a', 'b'],
      valid_from: '2026-01-01',
    })
    expect(tidy(content).valid_to).toBe('')
  })
  it('shows where two versions differ', () => {
    const mine = { ...emptyContent(), question: '问', answer: '新', similar_questions: ['a'] }
    const theirs = contentOf({ ...mine, answer: '旧', similar_questions: ['a', 'b'] })
    expect(differences(mine, theirs)).toEqual([
      { field: 'answer', mine: '新', theirs: '旧' },
      { field: 'similar_questions', mine: 'a', theirs: 'a\nb' },
    ])
    expect(differences(mine, contentOf(mine))).toEqual([])
  })
})

describe('an account’s body', () => {
  const form: AccountForm = {
    name: ' 云岫发布 ',
    group: '',
    enabled: true,
    bot: false,
    show_department: false,
    survey: true,
    rate_days: '7',
    bad_mark: '2',
    app_id: 'wx1',
    original_id: '',
    mode: 'safe',
    api_base: '',
    app_secret: '',
    token: 'new-token-of-test',
    encoding_aes_key: '',
    previous_aes_key: '',
  }
  it('leaves out the secrets that stay', () => {
    const { settings } = accountBody(form, true)
    expect(settings).toMatchObject({ app_id: 'wx1', token: 'new-token-of-test' })
    expect(Object.keys(settings ?? {})).not.toContain('app_secret')
  })
  it('sends no WeChat settings for another platform', () => {
    expect(accountBody(form, false).settings).toBeUndefined()
  })
})
