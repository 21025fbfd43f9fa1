import type { Clock } from '@/api/tickets'

/** How a clock looks: each look has its own shape and words, not only a colour. */
export type ClockLook = 'running' | 'near' | 'late' | 'paused' | 'met' | 'answered_late' | 'none'

export interface ClockReading {
  look: ClockLook
  clock?: Clock
  /** milliseconds until due, or since due when late; 0 when it does not run */
  span: number
  /** how much of the time is used, 0 to 1 */
  used: number
}

const nearFrom = 0.8

/** Reads one clock at the time now (milliseconds). */
export function readClock(clock: Clock, now: number): ClockReading {
  if (clock.state === 'met') return { look: 'met', clock, span: 0, used: 0 }
  if (clock.state === 'cancelled') return { look: 'none', clock, span: 0, used: 0 }
  if (clock.state === 'paused') return { look: 'paused', clock, span: 0, used: 0 }
  const due = Date.parse(clock.due_at)
  const started = Date.parse(clock.started_at)
  if (clock.state === 'missed' && clock.met_at) {
    return { look: 'answered_late', clock, span: Date.parse(clock.met_at) - due, used: 1 }
  }
  const left = due - now
  if (left <= 0 || clock.state === 'missed') {
    return { look: 'late', clock, span: Math.max(0, -left), used: 1 }
  }
  const whole = due - started
  const used = whole > 0 ? Math.min(1, Math.max(0, 1 - left / whole)) : 0
  const near = used >= nearFrom || clock.warned >= 80
  // Whole seconds rounded up: the second before the end still shows 0:01.
  return { look: near ? 'near' : 'running', clock, span: Math.ceil(left / 1000) * 1000, used }
}

/** The ticket's own clock that runs or stands still; a department's is not it. */
export const ownClock = (clocks: readonly Clock[]): Clock | undefined =>
  clocks.find((c) => !c.escalation_id && (c.state === 'running' || c.state === 'paused'))

/** The one clock a ticket's chip shows: what is due first, else how the last one ended. */
export function chipReading(clocks: readonly Clock[], now: number): ClockReading {
  let best: ClockReading | undefined
  for (const clock of clocks) {
    const reading = readClock(clock, now)
    if (reading.look === 'none') continue
    if (!best || before(reading, best)) best = reading
  }
  return best ?? { look: 'none', span: 0, used: 0 }
}

const rank: Record<ClockLook, number> = {
  late: 0,
  near: 0,
  running: 0,
  paused: 1,
  answered_late: 2,
  met: 2,
  none: 3,
}

function before(a: ClockReading, b: ClockReading): boolean {
  if (rank[a.look] !== rank[b.look]) return rank[a.look] < rank[b.look]
  if (!a.clock || !b.clock) return false
  // What still runs: earliest first. What ended: latest first.
  return rank[a.look] < rank.met ? a.clock.due_at < b.clock.due_at : a.clock.due_at > b.clock.due_at
}

export interface SpanParts {
  days: number
  /** "3:12" below an hour (minutes:seconds), "23:41:07" from an hour */
  text: string
}

/** A span as people read a stopwatch; from 100 hours in days and hours:minutes. */
export function spanParts(milliseconds: number): SpanParts {
  const total = Math.floor(Math.max(0, milliseconds) / 1000)
  const seconds = total % 60
  const minutes = Math.floor(total / 60) % 60
  const hours = Math.floor(total / 3600)
  const two = (n: number) => String(n).padStart(2, '0')
  if (hours >= 100) {
    return { days: Math.floor(hours / 24), text: `${hours % 24}:${two(minutes)}` }
  }
  if (hours > 0) return { days: 0, text: `${hours}:${two(minutes)}:${two(seconds)}` }
  return { days: 0, text: `${minutes}:${two(seconds)}` }
}
