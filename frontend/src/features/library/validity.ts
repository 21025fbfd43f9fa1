import { useI18n } from 'vue-i18n'
import type { Entry } from '@/api/faq'
import { daysUntil } from '@/lib/time'

/** How long an entry holds, in words, louder as the end comes near. */
export function useValidity() {
  const { t } = useI18n()
  return (entry: Pick<Entry, 'valid_from' | 'valid_to'>, now: number) => {
    if (entry.valid_from && daysUntil(entry.valid_from, now) > 0) {
      return { text: t('library.from', { day: entry.valid_from }), tone: 'text-near' }
    }
    if (!entry.valid_to) return { text: t('source.forEver'), tone: 'text-muted' }
    const days = daysUntil(entry.valid_to, now)
    if (days < 0) return { text: t('source.expired', { day: entry.valid_to }), tone: 'text-late' }
    if (days <= 30) return { text: t('source.expiresIn', { n: days }), tone: 'text-near' }
    return { text: t('library.to', { day: entry.valid_to }), tone: 'text-muted' }
  }
}
