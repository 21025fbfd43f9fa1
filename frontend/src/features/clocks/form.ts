import type { ClockName, PlanRole, PlanStep, Policy, PolicyInput, PolicyMatch } from '@/api/policies'

/** What a policy asks of a ticket, as fields; "" fits every ticket. */
export interface MatchForm {
  account_group: string
  kind: string
  category: string
  priority: string
  department_id: string
}

export type When = 'percent' | 'before' | 'after'

export interface StepForm {
  when: When
  /** per cent, or minutes */
  value: string
  roles: PlanRole[]
}

export interface PolicyForm {
  name: string
  clock: ClockName
  enabled: boolean
  match: MatchForm
  hours: string
  calendar: string
  steps: StepForm[]
  repeats: boolean
  every: string
  times: string
  repeatRoles: PlanRole[]
}

export const emptyMatch = (): MatchForm => ({
  account_group: '',
  kind: '',
  category: '',
  priority: '',
  department_id: '',
})

export const emptyForm = (): PolicyForm => ({
  name: '',
  clock: 'first_reply',
  enabled: true,
  match: emptyMatch(),
  hours: '24',
  calendar: '',
  steps: [
    { when: 'percent', value: '80', roles: ['assignee', 'supervisor'] },
    { when: 'percent', value: '100', roles: ['assignee', 'supervisor'] },
  ],
  repeats: false,
  every: '60',
  times: '3',
  repeatRoles: ['department_head'],
})

function stepForm(step: PlanStep): StepForm {
  const minutes = step.minutes ?? 0
  if (step.percent) return { when: 'percent', value: String(step.percent), roles: [...step.roles] }
  return {
    when: minutes < 0 ? 'before' : 'after',
    value: String(Math.abs(minutes)),
    roles: [...step.roles],
  }
}

/** A policy as fields. */
export function formOf(policy: Policy): PolicyForm {
  const { plan, name, clock, enabled } = policy
  const form = emptyForm()
  return {
    ...form,
    name,
    clock,
    enabled,
    match: { ...form.match, ...policy.match },
    hours: String(plan.target_seconds / 3600),
    calendar: plan.calendar ?? '',
    steps: plan.steps.map(stepForm),
    repeats: !!plan.repeat,
    ...(plan.repeat && {
      every: String(plan.repeat.every_minutes),
      times: String(plan.repeat.times),
      repeatRoles: [...plan.repeat.roles],
    }),
  }
}

/** The fields that ask for something. */
export function matchOf(form: MatchForm): PolicyMatch {
  const asked = Object.entries(form).filter(([, value]) => value.trim())
  return Object.fromEntries(asked.map(([name, value]) => [name, value.trim()])) as PolicyMatch
}

function stepOf({ when, value, roles }: StepForm): PlanStep {
  const n = Math.round(Number(value))
  if (when === 'percent') return { percent: n, roles }
  return { minutes: when === 'before' ? -n : n, roles }
}

/** What the fields say, as the server takes it. */
export function inputOf(form: PolicyForm): PolicyInput {
  return {
    name: form.name,
    clock: form.clock,
    enabled: form.enabled,
    match: matchOf(form.match),
    plan: {
      target_seconds: Math.round(Number(form.hours) * 3600),
      ...(form.calendar && { calendar: form.calendar }),
      steps: form.steps.map(stepOf),
      ...(form.repeats && {
        repeat: {
          every_minutes: Math.round(Number(form.every)),
          times: Math.round(Number(form.times)),
          roles: form.repeatRoles,
        },
      }),
    },
  }
}
