import type { BotDay } from '@/api/reports'

/** One day of the chart, in parts of the highest day (0 to 1). */
export interface Column {
  day: string
  asked: number
  right: number
  wrong: number
  rest: number
}

/** A round number not below n with few digits: where the scale ends. */
export function top(n: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(n, 1)))
  return [1, 2, 4, 5, 10].map((m) => m * unit).find((m) => m >= n) ?? n
}

/** The columns of the days and what the scale's end stands for. */
export function columnsOf(days: readonly BotDay[]): { columns: Column[]; end: number } {
  // Choices answer menus: on a day there may be more answers than questions.
  const end = top(Math.max(4, ...days.map((d) => Math.max(d.asked, d.answered))))
  return {
    end,
    columns: days.map((d) => {
      // Counted before they are divided: a part is never a hair below nothing.
      const asked = Math.max(d.asked, d.answered)
      const wrong = Math.max(d.answered - d.right, 0)
      return {
        day: d.day,
        asked: asked / end,
        right: d.right / end,
        wrong: wrong / end,
        rest: Math.max(asked - d.right - wrong, 0) / end,
      }
    }),
  }
}
