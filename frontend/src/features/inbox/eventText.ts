import { useI18n } from 'vue-i18n'
import type { EventItem } from '@/api/timeline'
import { fullTime } from '@/lib/time'
import { useDirectory } from '@/stores/directory'
import { useThread } from '@/stores/thread'

const priorityWords: Record<string, string> = {
  '-1': 'low',
  '0': 'normal',
  '1': 'high',
  '2': 'urgent',
}

/** One line for an event mark, from its name and the ids and facts it carries. */
export function useEventText() {
  const { t, te } = useI18n()
  const directory = useDirectory()
  const thread = useThread()

  const fact = (item: EventItem, name: string): string => {
    const value = item.data[name]
    return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
  }

  /** To whom or where: the name behind an id, "" when nobody or not known to us. */
  function target(item: EventItem): string {
    if (item.name === 'ticket.assigned') {
      const id = fact(item, 'to')
      return directory.users.find((user) => user.id === id)?.name ?? ''
    }
    const id = fact(item, 'department_id')
    return id ? (directory.departments.find((d) => d.id === id)?.name ?? '') : ''
  }

  /** Whether it happened to a text that a model wrote. */
  function ofModel(item: EventItem): boolean {
    const id = fact(item, 'reply_id')
    const about = id && thread.items.find((other) => other.type === 'reply' && other.id === id)
    return !!about && about.type === 'reply' && about.origin === 'llm'
  }

  /** The finer wordings first; the first one that exists is taken. */
  function variants(item: EventItem, to: string, why: string): string[] {
    const key = `event.${item.name.replace('.', '_')}`
    const finer: string[] = []
    if (item.name === 'ticket.assigned') {
      const id = fact(item, 'to')
      if (id === '' || id === '0')
        finer.push(...(item.data.why ? [`${key}_${fact(item, 'why')}`] : []), `${key}_nobody`)
      else if (id === item.actor?.id) finer.push(`${key}_self`)
      else if (to && item.data.team) finer.push(`${key}_team`)
    }
    if (item.name === 'ticket.restored')
      finer.push(`${key}_${fact(item, 'undone').replace(/.*\./, '')}`)
    if (item.name === 'ticket.categorized')
      finer.push(fact(item, 'category') ? `${key}_set` : `${key}_none`)
    if (item.name === 'ticket.woken') finer.push(`${key}_${fact(item, 'why')}`)
    if (/^ticket\.((un)?merged|split)$/.test(item.name) && fact(item, 'into_number')) finer.push(`${key}_into`)
    if (item.name === 'bot.voted')
      finer.push(item.data.helpful === true ? `${key}_helpful` : `${key}_unhelpful`)
    if (item.name === 'ticket.rated' && item.data.words) finer.push(`${key}_words`)
    if (item.data.edited === true) finer.push(`${key}_edited`)
    if (ofModel(item)) finer.push(...(why ? [`${key}_draft_why`] : []), `${key}_draft`)
    if (item.data.late === true) finer.push(`${key}_late`)
    if (item.data.until) finer.push(`${key}_until`)
    if (to && why) finer.push(`${key}_to_why`)
    if (to) finer.push(`${key}_to`)
    if (why) finer.push(`${key}_why`)
    return [...finer, key]
  }

  return (item: EventItem): string => {
    const who = item.actor?.name || t('event.system')
    const to = target(item)
    const reason = fact(item, 'reason') || fact(item, 'remark')
    const priority = `ticket.priority.${priorityWords[fact(item, 'priority')] ?? 'normal'}`
    const clock = `clock.name.${fact(item, 'name')}`
    const values = {
      who,
      to,
      reason,
      percent: fact(item, 'percent'),
      until: fact(item, 'until') && fullTime(fact(item, 'until')),
      due: fact(item, 'due_at') && fullTime(fact(item, 'due_at')),
      mark: fact(item, 'mark') && t(`citizen.mark.${fact(item, 'mark')}`),
      words: fact(item, 'words'),
      outcome: fact(item, 'outcome') && t(`followUps.outcome.${fact(item, 'outcome')}`),
      from: directory.users.find((user) => user.id === fact(item, 'from'))?.name ?? t('event.former'),
      team: fact(item, 'team'),
      mode: fact(item, 'team') && t(`teams.mode.${fact(item, 'mode')}`),
      category: fact(item, 'category'),
      was: fact(item, 'was'),
      clock: te(clock) ? t(clock) : t('clock.name.other'),
      priority: t(priority),
      number: fact(item, 'into_number') || fact(item, 'from_number'),
      messages: fact(item, 'messages'),
    }
    const found = variants(item, to, reason).find((name) => te(name))
    return found ? t(found, values) : t('event.other', { who, name: item.name })
  }
}
