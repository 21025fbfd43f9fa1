import { useI18n } from 'vue-i18n'
import type { DeskFigures, DeskRow, Dimension, FigureDefinition } from '@/api/reports'
import { duration, isRate, isTime, percent, type Change, type Figure } from './figures'
import { monthOf, type Days } from './period'

/** The words of the reports in the reader's language. */
export function useReportWords() {
  const { t, locale } = useI18n()
  const own = (words: { zh: string; en: string }): string => (locale.value === 'en' ? words.en : words.zh)

  const time = (seconds: number): string => {
    const { n, unit } = duration(seconds)
    return t(`deskReport.time.${unit}`, { n })
  }

  return {
    time,
    title: (definition: FigureDefinition | undefined): string => (definition ? own(definition.title) : ''),
    meaning: (definition: FigureDefinition | undefined): string => (definition ? own(definition.text) : ''),

    value(figure: Figure, of: DeskFigures): string {
      const value = of[figure]
      if (value === null) return '–'
      if (isRate(figure)) return percent(value)
      if (figure === 'mean_mark') return value.toFixed(2)
      if (!isTime(figure)) return new Intl.NumberFormat(locale.value).format(value)
      return time(value)
    },

    change(change: Change): string {
      if (change.by === null) return t('deskReport.change.none')
      return t(`deskReport.change.${change.direction}`, {
        n: change.unit === 'points' ? t('deskReport.points', { n: change.by }) : change.by > 999 ? '> 999%' : `${change.by}%`,
      })
    },

    /** What a row is called: by its name, or by what its key means. */
    row(by: Dimension, { key, name }: Pick<DeskRow, 'key' | 'name'>): string {
      if (name) return name
      if (key === 'none') return t(`deskReport.none.${by}`)
      if (by === 'kind') return t(`deskReport.kind.${key}`)
      if (by === 'hour') return `${key}:00`
      return key
    },

    days: (days: Days): string => (days.from === days.to ? days.from : `${days.from} – ${days.to}`),
    month(days: Days): string {
      const month = monthOf(days)
      if (!month) return ''
      const [year, number] = month.split('-').map(Number)
      return new Intl.DateTimeFormat(locale.value === 'en' ? 'en-GB' : 'zh-CN', {
        year: 'numeric', month: 'long', timeZone: 'UTC',
      }).format(new Date(Date.UTC(year ?? 0, (number ?? 1) - 1)))
    },
  }
}
