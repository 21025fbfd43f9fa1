import { useI18n } from 'vue-i18n'
import type { Notice } from '@/api/notices'

/** What a notice says. An event this version does not know shows as its topic. */
export function useNoticeWords() {
  const { t, te } = useI18n()

  function title(notice: Notice): string {
    const key = `notices.event.${notice.event.replaceAll('.', '_')}`
    return te(key) ? t(key, notice.facts) : t(`notices.topic.${notice.topic}`)
  }

  /** The line below: which ticket, or which account. */
  function about(notice: Notice): string {
    if (notice.ticket) return `${notice.ticket.number} ${notice.ticket.subject}`
    if (notice.account) return notice.account
    return /^\/inbox\/\d/.test(notice.link) ? t('notices.hidden') : ''
  }

  return { title, about }
}
