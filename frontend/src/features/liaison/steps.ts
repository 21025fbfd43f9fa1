import type { Escalation } from '@/api/escalations'

/** What a department can do with an escalation. */
export type Step = 'sign' | 'answer' | 'return' | 'extend'

/** Which steps are open now, what is most likely done next first. */
export function stepsOf(escalation: Escalation): Step[] {
  switch (escalation.state) {
    case 'dispatched':
      return ['sign', 'answer', 'return']
    case 'signed':
      return escalation.extension?.state === 'asked'
        ? ['answer', 'return']
        : ['answer', 'return', 'extend']
    default:
      return []
  }
}

/** Whether the department owes an answer, or waits for a word of the desk on it. */
export const isPending = (escalation: Escalation): boolean =>
  ['dispatched', 'signed', 'returning'].includes(escalation.state)

const two = (n: number) => String(n).padStart(2, '0')

/** A time as a field of date and time holds it, in the browser's zone. */
export function fieldTime(at: Date): string {
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`
}

/** So many days after the deadline, or after now when that is over. */
export function later(due: string | undefined, now: number, days: number): string {
  const from = Math.max(Date.parse(due ?? '') || now, now)
  const at = new Date(from)
  at.setDate(at.getDate() + days)
  return fieldTime(at)
}
