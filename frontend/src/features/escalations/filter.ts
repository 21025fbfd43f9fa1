import type { LocationQuery } from 'vue-router'
import {
  deskViews,
  type DeskView,
  type EscalationCounts,
  type EscalationFilter,
} from '@/api/escalations'

// The filter lives in the address, so that a list can be sent to a colleague.

type Shown = EscalationFilter & { view: DeskView }
const limits = ['overdue', '4', '24', '72']

export function filterOf(query: LocationQuery): Shown {
  const one = (name: string) => (typeof query[name] === 'string' ? query[name] : '')
  const view = deskViews.find((name) => name === one('view')) ?? 'desk'
  return {
    view,
    department_id: /^\d+$/.test(one('department_id')) ? one('department_id') : '',
    due: view !== 'over' && limits.includes(one('due')) ? one('due') : '',
    supervised: one('supervised') === 'true',
    mine: one('mine') === 'true',
    q: one('q').slice(0, 100),
  }
}

export const queryOf = (filter: Shown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(filter)
      .filter(([name, value]) => value && !(name === 'view' && value === 'desk'))
      .map(([name, value]) => [name, String(value)]),
  )

/** A figure as it is told; '' where none is counted, or nothing is there. */
export function counted(counts: EscalationCounts | undefined, name: string): string {
  const n = counts?.[name as keyof EscalationCounts] ?? 0
  if (typeof n !== 'number' || n === 0) return ''
  return n > 99 ? '99+' : String(n)
}
