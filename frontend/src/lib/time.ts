// Times for people, in the browser's zone. Pure: the time now comes in.

const two = (n: number) => String(n).padStart(2, '0')

function dayNumber(date: Date): number {
  return Math.round(
    (Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) - Date.UTC(1970, 0, 1)) /
      86_400_000,
  )
}

/** "09:20" */
export function clockTime(iso: string): string {
  const date = new Date(iso)
  return Number.isNaN(date.getTime()) ? '' : `${two(date.getHours())}:${two(date.getMinutes())}`
}

/** "2026-11-22" */
export function dateText(iso: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return ''
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

/** "2026-11-22 09:20", for deadlines and what people did */
export function minuteTime(iso: string): string {
  const day = dateText(iso)
  return day && `${day} ${clockTime(iso)}`
}

/** "2026-11-22 09:20:05", for titles and records */
export function fullTime(iso: string): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return ''
  return `${dateText(iso)} ${clockTime(iso)}:${two(date.getSeconds())}`
}

export type DayWord = 'today' | 'yesterday' | ''

/** Whether iso lies today or yesterday; "" for any other day. */
export function dayWord(iso: string, now: number): DayWord {
  const days = dayNumber(new Date(now)) - dayNumber(new Date(iso))
  return days === 0 ? 'today' : days === 1 ? 'yesterday' : ''
}

/** A key that is the same for all times of one day. */
export const dayKey = (iso: string): string => dateText(iso)

/** "11月22日 星期日" or, in another year, with the year; in the given locale. */
export function dayText(iso: string, now: number, locale: string): string {
  const date = new Date(iso)
  const sameYear = date.getFullYear() === new Date(now).getFullYear()
  return new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : 'zh-CN', {
    year: sameYear ? undefined : 'numeric',
    month: 'long',
    day: 'numeric',
    weekday: 'short',
  }).format(date)
}

/** Short time for a list: "09:20" today, "11-20" this year, else the date. */
export function listTime(iso: string, now: number): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return ''
  if (dayWord(iso, now) === 'today') return clockTime(iso)
  if (date.getFullYear() === new Date(now).getFullYear()) {
    return `${two(date.getMonth() + 1)}-${two(date.getDate())}`
  }
  return dateText(iso)
}

/** Whole days from now until the end of a day YYYY-MM-DD; negative when past. */
export function daysUntil(day: string, now: number): number {
  const [y, m, d] = day.split('-').map(Number)
  return dayNumber(new Date(y ?? 0, (m ?? 1) - 1, d ?? 1)) - dayNumber(new Date(now))
}

/** The beginning of a day of the reader's, so many days later. */
export function dayStart(day: string, later = 0): string | undefined {
  if (!day) return undefined
  const at = new Date(`${day}T00:00:00`)
  at.setDate(at.getDate() + later)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}

/** A moment of these weeks: 11-23 09:00. */
export const shortMoment = (iso: string): string => `${dateText(iso).slice(5)} ${clockTime(iso)}`
