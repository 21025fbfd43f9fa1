import { useI18n } from 'vue-i18n'
import type { EventItem } from '@/api/timeline'

/** One line for an event mark, from its name and the few facts it carries. */
export function useEventText() {
  const { t, te } = useI18n()

  function word(item: EventItem, ...names: string[]): string {
    for (const name of names) {
      const value = item.data?.[name]
      if (typeof value === 'string' && value) return value
      if (value && typeof value === 'object' && 'name' in value) return String(value.name)
      if (typeof value === 'number') return String(value)
    }
    return ''
  }

  return (item: EventItem): string => {
    const who = item.actor?.name || t('event.system')
    const reason = word(item, 'reason', 'remark')
    const values = {
      who,
      to: word(item, 'assignee', 'assignee_name', 'department', 'department_name'),
      reason,
      percent: word(item, 'percent', 'warned', 'threshold'),
      clock: clockName(word(item, 'clock_name', 'clock', 'name')),
      priority: priorityName(word(item, 'priority')),
    }
    const key = item.name.replace('.', '_')
    const self = values.to !== '' && values.to === item.actor?.name
    const variants = [
      ...(self ? [`event.${key}_self`] : []),
      ...(values.to ? [`event.${key}_to`] : []),
      ...(reason ? [`event.${key}_why`] : []),
      `event.${key}`,
    ]
    const found = variants.find((name) => te(name))
    return found ? t(found, values) : t('event.other', { who, name: item.name })
  }

  function clockName(name: string): string {
    const key = `clock.name.${name}`
    return name && te(key) ? t(key) : t('clock.name.other')
  }

  function priorityName(name: string): string {
    const key = `ticket.priority.${name}`
    return name && te(key) ? t(key) : name
  }
}
