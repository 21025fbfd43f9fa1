import { useI18n } from 'vue-i18n'
import type { Clock } from '@/api/tickets'
import { spanParts, type ClockReading } from '@/lib/clock'
import { fullTime } from '@/lib/time'

/** The words of clocks. */
export function useClockText() {
  const { t, te } = useI18n()

  function span(milliseconds: number): string {
    const parts = spanParts(milliseconds)
    return parts.days > 0 ? t('clock.days', { days: parts.days, rest: parts.text }) : parts.text
  }

  /** "剩 3:12", "超时 0:42", "暂停", "按时" */
  function short(reading: ClockReading): string {
    return t(`clock.look.${reading.look}`, { span: span(reading.span) })
  }

  /** "首次答复时限" */
  function name(reading: ClockReading): string {
    const key = `clock.name.${reading.clock?.name ?? ''}`
    return te(key) ? t(key) : t('clock.name.other')
  }

  /** "等市民补充材料, 2026-11-25 09:00:00 自动恢复": why a clock stands still, and until when. */
  function why(clock: Clock | undefined): string {
    const reason = clock?.pause_reason ?? ''
    const until = clock?.paused_until
    return until ? t('clock.pausedUntil', { reason, time: fullTime(until) }) : reason
  }

  return { short, name, span, why }
}
