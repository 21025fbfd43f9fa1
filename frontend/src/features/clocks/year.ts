import type { HolidayDay } from '@/api/policies'

export interface YearFile {
  year: number
  days: HolidayDay[]
}

/** What a file is not, so that it can be said: nothing of ours, or a line that is wrong. */
export class YearFault extends Error {
  constructor(
    readonly reason: 'unreadable' | 'line' | 'years' | 'empty',
    readonly line = 0,
  ) {
    super(reason)
  }
}

const dateForm = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/
const off = ['休', '放假', '假', 'off', 'true', '1']
const on = ['班', '上班', '补班', '调休', 'work', 'false', '0']

/**
 * Reads the announced days of one year: the JSON that is in use for them
 * ({"days":[{"date","name","isOffDay"}]}), or lines of a sheet: date, name, 休 or 班.
 */
export function readYear(text: string): YearFile {
  const body = text.replace(/^\uFEFF/, '').trim()
  const days = body.startsWith('{') || body.startsWith('[') ? fromJson(body) : fromLines(body)
  if (days.length === 0) throw new YearFault('empty')
  const years = new Set(days.map((day) => day.date.slice(0, 4)))
  if (years.size > 1) throw new YearFault('years')
  days.sort((a, b) => a.date.localeCompare(b.date))
  return { year: Number(days[0]!.date.slice(0, 4)), days }
}

function fromJson(body: string): HolidayDay[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    throw new YearFault('unreadable')
  }
  const list: unknown = Array.isArray(parsed) ? parsed : (parsed as { days?: unknown } | null)?.days
  if (!Array.isArray(list)) throw new YearFault('unreadable')
  return list.map((item: unknown, index) => {
    const day = item as { date?: unknown; name?: unknown; isOffDay?: unknown; off?: unknown } | null
    const free = day?.isOffDay ?? day?.off
    if (typeof day?.date !== 'string' || typeof free !== 'boolean') throw new YearFault('line', index + 1)
    return { date: dateOf(day.date, index + 1), name: typeof day.name === 'string' ? day.name : '', off: free }
  })
}

function fromLines(body: string): HolidayDay[] {
  const days: HolidayDay[] = []
  for (const [index, line] of body.split(/\r?\n/).entries()) {
    const cells = line.split(/[,，;\t]/).map((cell) => cell.trim().replace(/^"|"$/g, ''))
    if (cells.every((cell) => !cell) || (index === 0 && !dateForm.test(cells[0] ?? ''))) continue // empty, or the head
    const kind = (cells[2] ?? '').toLowerCase()
    if (!off.includes(kind) && !on.includes(kind)) throw new YearFault('line', index + 1)
    days.push({ date: dateOf(cells[0] ?? '', index + 1), name: cells[1] ?? '', off: off.includes(kind) })
  }
  return days
}

function dateOf(text: string, line: number): string {
  const [, year, month = '', day = ''] = dateForm.exec(text.trim()) ?? []
  if (!year) throw new YearFault('line', line)
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}
