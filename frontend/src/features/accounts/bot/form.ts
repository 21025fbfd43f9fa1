import type { Bot, BotChange } from '@/api/accounts'

export const botTexts = [
  'greeting',
  'answer_footer',
  'menu_intro',
  'menu_footer',
  'hand_over',
  'hand_over_off_hours',
  'thanks',
  'menu_gone',
  'courtesy',
  'crisis',
] as const
export type BotTextName = (typeof botTexts)[number]

/** Monday to Sunday, as the server counts them. */
export const weekdays = [1, 2, 3, 4, 5, 6, 7] as const
export type Weekday = (typeof weekdays)[number]

/** A time of day as a time field has it; the end of the day is 00:00. */
export interface Window {
  from: string
  to: string
}

/** The settings as they are typed: figures as text, percent for confidences. */
export interface BotForm {
  enabled: boolean
  answer: string
  menu: string
  hours: Record<Weekday, Window[]>
  texts: Record<BotTextName, string>
  departments: string[]
  items: { key: string; code: string }[]
  voteHours: string
  menuMinutes: string
}

export function formOf(bot: Bot): BotForm {
  const hours: BotForm['hours'] = { 1: [], 2: [], 3: [], 4: [], 5: [], 6: [], 7: [] }
  for (const { weekday, from, to } of bot.hours) {
    hours[weekday as Weekday].push({ from, to: to === '24:00' ? '00:00' : to })
  }
  return {
    enabled: bot.enabled,
    answer: percent(bot.thresholds.answer),
    menu: percent(bot.thresholds.menu),
    hours,
    texts: { ...bot.texts },
    departments: [...bot.departments],
    items: Object.entries(bot.menu)
      .map(([key, code]) => ({ key, code }))
      .toSorted((a, b) => a.key.localeCompare(b.key)),
    voteHours: String(bot.vote_hours),
    menuMinutes: String(bot.menu_minutes),
  }
}

/** "" stands for 0: the desk's own. */
const percent = (level: number): string => (level === 0 ? '' : String(Number((level * 100).toFixed(4))))

/** What is saved; a figure that is none becomes NaN, which faults finds before. */
export function bodyOf(form: BotForm): BotChange {
  return {
    enabled: form.enabled,
    thresholds: { answer: level(form.answer), menu: level(form.menu) },
    hours: weekdays.flatMap((weekday) =>
      form.hours[weekday].map(({ from, to }) => ({
        weekday,
        from,
        to: to === '00:00' ? '24:00' : to,
      })),
    ),
    texts: { ...form.texts },
    departments: [...form.departments],
    menu: Object.fromEntries(written(form).map(({ key, code }) => [key.trim(), code.trim()])),
    vote_hours: figure(form.voteHours),
    menu_minutes: figure(form.menuMinutes),
  }
}

const figure = (typed: string): number =>
  String(typed).trim() === '' ? Number.NaN : Number(typed)
const level = (typed: string): number =>
  String(typed).trim() === '' ? 0 : Number((Number(typed) / 100).toFixed(6))
const written = (form: BotForm) =>
  form.items.filter(({ key, code }) => key.trim() !== '' || code.trim() !== '')

/**
 * What the server could not say in the words of the form: figures that are none,
 * percents, and a menu item that stands twice. By field, as locale keys.
 */
export function faults(form: BotForm): Record<string, string> {
  const out: Record<string, string> = {}
  for (const name of ['answer', 'menu'] as const) {
    const value = level(form[name])
    if (!(value >= 0 && value <= 1)) out[`bot.thresholds.${name}`] = 'bot.notFigure'
    else if (name === 'answer' && value > 0 && value < 0.5)
      out['bot.thresholds.answer'] = 'bot.notSure'
  }
  if (!Number.isInteger(figure(form.voteHours))) out['bot.vote_hours'] = 'bot.notWhole'
  if (!Number.isInteger(figure(form.menuMinutes))) out['bot.menu_minutes'] = 'bot.notWhole'
  const keys = written(form).map(({ key }) => key.trim())
  if (new Set(keys).size < keys.length) out['bot.menu'] = 'bot.twice'
  return out
}
