import type { ApprovalPolicy, ApprovalRule } from '@/api/approvals'

const names = ['kind', 'origin', 'account_group', 'account_id', 'department_id', 'level'] as const
export type Condition = (typeof names)[number]

/** What a rule asks of a reply, with the value asked for. */
export const conditions = (rule: ApprovalRule): [Condition, string][] =>
  names.flatMap((name) => (rule[name] ? [[name, rule[name]] as [Condition, string]] : []))

/** The order in which rules count: more conditions first, then more people; those switched off last. */
export const byWeight = (policies: readonly ApprovalPolicy[]): ApprovalPolicy[] =>
  policies.toSorted(
    (a, b) =>
      Number(b.enabled) - Number(a.enabled) ||
      conditions(b.rule).length - conditions(a.rule).length ||
      b.rule.steps - a.rule.steps,
  )
