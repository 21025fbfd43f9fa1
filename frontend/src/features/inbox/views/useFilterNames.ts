import { useI18n } from 'vue-i18n'
import type { TicketFilter } from '@/api/tickets'
import { useDirectory } from '@/stores/directory'
import { narrowing } from '../filter'

export type Part = (typeof narrowing)[number] | 'view'

/** What the parts of a filter are called. */
export function useFilterNames() {
  const { t } = useI18n()
  const directory = useDirectory()
  void directory.ensure()

  const nameOfId = (list: readonly { id: string; name: string }[], id: string) =>
    list.find((item) => item.id === id)?.name ?? id

  function label(part: Part, value: string): string {
    switch (part) {
      case 'view':
        return t(`inbox.view.${value}`)
      case 'state':
        return t(`ticket.state.${value}`)
      case 'kind':
        return t(`ticket.kind.${value}`)
      case 'priority':
        return t(`ticket.priority.${value}`)
      case 'late':
        return t('inbox.filter.late')
      case 'account_id':
        return nameOfId(directory.accounts, value)
      case 'department_id':
        return nameOfId(directory.departments, value)
      case 'team_id':
        return directory.teams.find((team) => team.id === value)?.name ?? t('inbox.formerTeam')
      case 'assignee_id':
        if (value === 'me') return t('inbox.me')
        return value === 'none' ? t('ticket.unassigned') : nameOfId(directory.assignable, value)
      case 'post_id':
        return t('hotspots.onePost')
      case 'from':
        return t('search.since', { day: value })
      case 'to':
        return t('search.until', { day: value })
      default:
        return value
    }
  }

  /** The parts that are set. */
  const parts = (filter: TicketFilter): { name: Part; label: string }[] =>
    narrowing.flatMap((name) => {
      const value = filter[name]
      return value ? [{ name, label: label(name, String(value)) }] : []
    })

  /** Everything of a filter in words, the view first. */
  const words = (filter: TicketFilter): string[] => [
    label('view', filter.view),
    ...(filter.q ? [t('search.quoted', { q: filter.q })] : []),
    ...parts(filter).map((part) => part.label),
  ]

  /** A name for a view of the filter. */
  function nameOf(filter: TicketFilter): string {
    const all = words(filter)
    return [...(all.slice(1).join(' ') || all.join(' '))].slice(0, 30).join('')
  }

  return { label, parts, words, nameOf }
}
