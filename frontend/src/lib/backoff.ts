const first = 500
const longest = 30_000

/**
 * Milliseconds before reconnect attempt n (0 is the first): half fixed, half
 * chance, so that a thousand desks do not come back in the same moment.
 */
export function backoff(attempt: number, chance: number = Math.random()): number {
  const whole = Math.min(longest, first * 2 ** Math.min(attempt, 10))
  return Math.round(whole / 2 + (whole / 2) * chance)
}
