import type { Board, BoardHolder } from '@/api/reports'

/** So many hours, and the rest of this one, a board looks ahead. */
export const aheadHours = 24

/** The hours of a board with their ends. */
export const hoursOf = (board: Board) =>
  board.hours.map((hour, i) => ({
    ...hour,
    to: board.hours[i + 1]?.from ?? new Date(Date.parse(hour.from) + 3_600_000).toISOString(),
  }))

/** "14:00", where the reader is. */
export const hourOf = (time: string): string =>
  new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' }).format(new Date(time))

/** What of a holder's is neither overdue nor due soon. */
export const later = (holder: BoardHolder): number => holder.waiting - holder.overdue - holder.soon
