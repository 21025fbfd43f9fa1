import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import type { DeskReport } from '@/api/reports'
import type { Drawing } from './drawing'
import { grouped } from './figures'
import { useReportWords } from './words'

/** So many rows fit beside each other. */
const most = 12

/** The pictures of a report. */
export function useDrawings(report: () => DeskReport | undefined) {
  const { t } = useI18n()
  const words = useReportWords()

  /** What came in, was answered and closed, by day, with what came in on the days before. */
  const trend = computed<Drawing | undefined>(() => {
    const shown = report()
    if (!shown || shown.days.length < 2) return undefined
    const days = grouped(shown.days)
    const earlier = grouped(shown.earlier_days).slice(0, days.length)
    return {
      names: days.map((day) => day.name),
      series: [
        { name: t('deskReport.chart.received'), values: days.map((d) => d.received), colour: '--primary', bar: true },
        { name: t('deskReport.chart.answered'), values: days.map((d) => d.answered), colour: '--met' },
        { name: t('deskReport.chart.closed'), values: days.map((d) => d.closed), colour: '--near', symbol: 'rect' },
        { name: t('deskReport.chart.earlier'), values: earlier.map((d) => d.received), colour: '--subtle', dashed: true, symbol: 'triangle' },
      ],
    }
  })

  /** What the largest rows received, now and before. */
  const rows = computed<Drawing | undefined>(() => {
    const shown = report()
    if (!shown || shown.rows.length === 0 || shown.by === 'day') return undefined
    const by = shown.by
    const largest = by === 'hour' ? shown.rows : shown.rows.slice(0, most)
    return {
      names: largest.map((row) => words.row(by, row)),
      series: [
        { name: t('deskReport.chart.received'), values: largest.map((row) => row.now.received), colour: '--primary', bar: true },
        { name: t('deskReport.chart.before'), values: largest.map((row) => row.before.received), colour: '--strong', bar: true },
      ],
      flat: by !== 'hour',
    }
  })

  return { trend, rows }
}
