import { expect, it } from 'vitest'
import type { ApprovalPolicy, ApprovalRule } from '@/api/approvals'
import { byWeight, conditions } from './rule'

const policy = (id: string, rule: ApprovalRule, enabled = true): ApprovalPolicy => ({
  id, name: id, enabled, rule, revision: 1, updated_at: '2026-11-22T00:00:00Z',
})

it('names what a rule asks for', () => {
  expect(conditions({ steps: 2 })).toEqual([])
  expect(conditions({ steps: 0, level: 'warn', kind: 'comment' })).toEqual([
    ['kind', 'comment'],
    ['level', 'warn'],
  ])
})

it('puts more conditions first, then more people, those switched off last', () => {
  const all = [
    policy('all', { steps: 1 }),
    policy('off', { steps: 3, kind: 'comment', origin: 'llm' }, false),
    policy('one', { steps: 1, kind: 'comment' }),
    policy('strict', { steps: 3, kind: 'private' }),
    policy('two', { steps: 0, kind: 'comment', origin: 'faq' }),
  ]
  expect(byWeight(all).map(({ id }) => id)).toEqual(['two', 'strict', 'one', 'all', 'off'])
})
