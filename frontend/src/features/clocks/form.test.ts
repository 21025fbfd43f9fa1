import { expect, it } from 'vitest'
import type { Policy } from '@/api/policies'
import { emptyForm, formOf, inputOf } from './form'

const policy: Policy = {
  id: '7',
  kind: 'clock',
  name: '评论一日',
  clock: 'first_reply',
  enabled: false,
  revision: 3,
  updated_at: '2026-11-22T01:00:00Z',
  match: { kind: 'comment', priority: 'high' },
  plan: {
    target_seconds: 25200,
    calendar: 'cn',
    steps: [
      { percent: 80, roles: ['assignee'] },
      { minutes: -30, roles: ['supervisor'] },
      { percent: 100, roles: ['assignee'] },
      { minutes: 15, roles: ['duty'] },
    ],
    repeat: { every_minutes: 60, times: 3, roles: ['department_head'] },
  },
}

it('a policy goes through the fields unchanged', () => {
  const { name, clock, enabled, match, plan } = policy
  expect(inputOf(formOf(policy))).toEqual({ name, clock, enabled, match, plan })
})

it('what is empty is not asked for', () => {
  const form = emptyForm()
  form.match.category = '  '
  const { match, plan } = inputOf(form)
  expect(match).toEqual({})
  expect(plan).not.toHaveProperty('calendar')
  expect(plan).not.toHaveProperty('repeat')
  expect(plan.target_seconds).toBe(86_400)
})
