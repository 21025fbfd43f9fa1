import { describe, expect, it } from 'vitest'
import { clockTime, dayText, dayWord, daysUntil, fullTime, listTime } from './time'

const now = new Date(2026, 10, 22, 9, 30).getTime()
const iso = (...parts: [number, number, number, number, number]) => new Date(...parts).toISOString()

describe('times for people', () => {
  it('shows the time of day', () => {
    expect(clockTime(iso(2026, 10, 22, 9, 5))).toBe('09:05')
    expect(clockTime('nonsense')).toBe('')
  })
  it('knows today and yesterday by the calendar, not by 24 hours', () => {
    expect(dayWord(iso(2026, 10, 22, 0, 1), now)).toBe('today')
    expect(dayWord(iso(2026, 10, 21, 23, 59), now)).toBe('yesterday')
    expect(dayWord(iso(2026, 10, 20, 23, 59), now)).toBe('')
  })
  it('shortens with distance', () => {
    expect(listTime(iso(2026, 10, 22, 8, 0), now)).toBe('08:00')
    expect(listTime(iso(2026, 10, 20, 8, 0), now)).toBe('11-20')
    expect(listTime(iso(2025, 10, 20, 8, 0), now)).toBe('2025-11-20')
  })
  it('names the year only when it is another', () => {
    expect(dayText(iso(2026, 10, 20, 8, 0), now, 'zh')).not.toContain('2026')
    expect(dayText(iso(2025, 10, 20, 8, 0), now, 'zh')).toContain('2025')
  })
  it('writes the full time', () => {
    expect(fullTime(iso(2026, 10, 22, 9, 5))).toBe('2026-11-22 09:05:00')
  })
  it('counts days to a date', () => {
    expect(daysUntil('2026-11-22', now)).toBe(0)
    expect(daysUntil('2026-12-10', now)).toBe(18)
    expect(daysUntil('2026-11-21', now)).toBe(-1)
  })
})
