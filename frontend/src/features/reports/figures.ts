import type { DeskCompared, DeskFigures } from '@/api/reports'

// How figures are written, and what has changed since the range before.

export const figures = [
  'received',
  'answered',
  'closed',
  'reply_rate',
  'on_time_rate',
  'first_reply_median',
  'first_reply_p90',
  'bot_share',
] as const
/** What citizens said of the answers. */
export const satisfaction = ['rated', 'mean_mark', 'satisfied_rate', 'dissatisfied_rate'] as const
export type Figure = (typeof figures)[number] | (typeof satisfaction)[number]

const rates: readonly Figure[] = [
  'reply_rate',
  'on_time_rate',
  'bot_share',
  'satisfied_rate',
  'dissatisfied_rate',
]
const times: readonly Figure[] = ['first_reply_median', 'first_reply_p90']

export const isRate = (figure: Figure): boolean => rates.includes(figure)
export const isTime = (figure: Figure): boolean => times.includes(figure)

/** A length of time as a number and its unit. */
export function duration(seconds: number): { n: string; unit: 'second' | 'minute' | 'hour' | 'day' } {
  const short = (n: number) => (n < 10 ? n.toFixed(1).replace(/\.0$/, '') : String(Math.round(n)))
  if (seconds < 60) return { n: String(Math.round(seconds)), unit: 'second' }
  if (seconds < 3600) return { n: short(seconds / 60), unit: 'minute' }
  if (seconds < 48 * 3600) return { n: short(seconds / 3600), unit: 'hour' }
  return { n: short(seconds / 86_400), unit: 'day' }
}

/** "97.5%" */
export const percent = (share: number): string => `${Math.round(share * 1000) / 10}%`

export interface Change {
  /** how much; null where there is nothing to compare with */
  by: number | null
  direction: 'up' | 'down' | 'same'
  /** of shares the points, of everything else per cent */
  unit: 'points' | 'percent'
  tone: 'good' | 'bad' | 'none'
}

/** Which way a figure should go; the others may go either way. */
const wanted: Partial<Record<Figure, 'up' | 'down'>> = {
  reply_rate: 'up',
  on_time_rate: 'up',
  first_reply_median: 'down',
  first_reply_p90: 'down',
  mean_mark: 'up',
  satisfied_rate: 'up',
  dissatisfied_rate: 'down',
}

/** What changed of a figure since the range before; undefined when it has no value now. */
export function changeOf(figure: Figure, { now, before }: DeskCompared): Change | undefined {
  const [is, was] = [now[figure], before[figure]]
  if (is === null) return undefined
  const unit = isRate(figure) ? 'points' : 'percent'
  if (was === null || (unit === 'percent' && was === 0))
    return { by: null, direction: 'same', unit, tone: 'none' }
  const by = Math.round((unit === 'points' ? is - was : (is - was) / was) * 1000) / 10
  const direction = by > 0 ? 'up' : by < 0 ? 'down' : 'same'
  const goal = wanted[figure]
  const tone = !goal || direction === 'same' ? 'none' : goal === direction ? 'good' : 'bad'
  return { by: Math.abs(by), direction, unit, tone }
}

/** The counts of some days under a shorter name: months when there are too many days to tell apart. */
export function grouped(days: readonly ({ day: string } & Pick<DeskFigures, Count>)[]) {
  const byMonth = days.length > 92
  const out: { name: string; received: number; answered: number; closed: number }[] = []
  for (const { day, received, answered, closed } of days) {
    const name = byMonth ? day.slice(0, 7) : day.slice(5)
    const last = out.at(-1)
    if (last?.name === name && byMonth) {
      last.received += received
      last.answered += answered
      last.closed += closed
    } else out.push({ name, received, answered, closed })
  }
  return out
}
type Count = 'received' | 'answered' | 'closed'
