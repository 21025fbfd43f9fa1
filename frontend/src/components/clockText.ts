import { useI18n } from 'vue-i18n'
import { spanParts, type ClockReading } from '@/lib/clock'

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

  return { short, name, span }
}
