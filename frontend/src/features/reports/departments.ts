import type { DepartmentFigures, EscalationFigures } from '@/api/reports'
import type { Change } from './figures'

// How the departments' figures are laid out: a column has one figure, or a median
// and what nine in ten stay within.

type Name = keyof EscalationFigures
export type Column =
  | { figure: Name; kind: 'count' }
  | { figure: Name; kind: 'rate' }
  | { figure: Name; kind: 'times'; rest: Name }
  | { figure: 'open' | 'open_overdue'; kind: 'now' }

export const columns: readonly Column[] = [
  { figure: 'dispatched', kind: 'count' },
  { figure: 'signed', kind: 'count' },
  { figure: 'signed_on_time_rate', kind: 'rate' },
  { figure: 'sign_median', kind: 'times', rest: 'sign_p90' },
  { figure: 'given_answer', kind: 'count' },
  { figure: 'answer_on_time_rate', kind: 'rate' },
  { figure: 'answer_median', kind: 'times', rest: 'answer_p90' },
  { figure: 'returned', kind: 'count' },
  { figure: 'withdrawn', kind: 'count' },
  { figure: 'extended', kind: 'count' },
  { figure: 'reworked', kind: 'count' },
  { figure: 'urged', kind: 'count' },
  { figure: 'supervised', kind: 'count' },
  { figure: 'open', kind: 'now' },
  { figure: 'open_overdue', kind: 'now' },
]

/** Of these the change since the range before is shown. */
const wanted: Partial<Record<Name, 'up' | 'none'>> = {
  dispatched: 'none',
  signed_on_time_rate: 'up',
  answer_on_time_rate: 'up',
}

/** What changed of a figure since the range before; undefined where that is not shown or cannot be told. */
export function departmentChange(column: Column, { now, before }: DepartmentFigures): Change | undefined {
  if (column.kind === 'now' || !wanted[column.figure]) return undefined
  const [is, was] = [now[column.figure], before[column.figure]]
  const unit = column.kind === 'rate' ? 'points' : 'percent'
  if (is === null || was === null || (unit === 'percent' && was === 0)) return undefined
  const by = Math.round((unit === 'points' ? is - was : (is - was) / was) * 1000) / 10
  if (by === 0) return undefined
  const direction = by > 0 ? 'up' : 'down'
  const tone = wanted[column.figure] === 'none' ? 'none' : direction === 'up' ? 'good' : 'bad'
  return { by: Math.abs(by), direction, unit, tone }
}
