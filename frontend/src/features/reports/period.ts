// The days a report is about. Dates are YYYY-MM-DD; no zone comes into it.

export const units = ['day', 'week', 'month', 'quarter', 'other'] as const
export type Unit = (typeof units)[number]

export interface Days {
  from: string
  to: string
}

const parse = (date: string): Date => {
  const [y, m, d] = date.split('-').map(Number)
  return new Date(Date.UTC(y ?? 0, (m ?? 1) - 1, d ?? 1))
}
const text = (date: Date): string => date.toISOString().slice(0, 10)
const shifted = (date: Date, months: number, days = 0): Date =>
  new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, date.getUTCDate() + days))

/** Whether a text is a date of the calendar. */
export const isDate = (value: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(value) && text(parse(value)) === value

/** The first day of the unit a day lies in; weeks begin on Monday. */
function begin(unit: Unit, on: string): Date {
  const day = parse(on)
  switch (unit) {
    case 'week':
      return shifted(day, 0, -((day.getUTCDay() + 6) % 7))
    case 'month':
      return shifted(day, 0, 1 - day.getUTCDate())
    case 'quarter':
      return shifted(shifted(day, 0, 1 - day.getUTCDate()), -(day.getUTCMonth() % 3))
    default:
      return day
  }
}

/** The first day of the unit that comes so many after that of a day. */
export function step(unit: Unit, on: string, by: number): string {
  const first = begin(unit, on)
  const months = unit === 'month' ? by : unit === 'quarter' ? 3 * by : 0
  return text(shifted(first, months, months ? 0 : by * (unit === 'week' ? 7 : 1)))
}

/** The days of the unit a day lies in, as far as they have come. */
export function daysOf(unit: Unit, on: string, today: string): Days {
  const last = text(shifted(parse(step(unit, on, 1)), 0, -1))
  const from = text(begin(unit, on))
  return { from, to: last > today && from <= today ? today : last }
}

/** The month that some days are, all of it; "" for other days. */
export function monthOf({ from, to }: Days): string {
  const last = text(shifted(parse(step('month', from, 1)), 0, -1))
  return from.endsWith('-01') && to === last ? from.slice(0, 7) : ''
}
