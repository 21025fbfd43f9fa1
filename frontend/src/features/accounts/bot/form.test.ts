import { describe, expect, it } from 'vitest'
import type { Bot } from '@/api/accounts'
import { bodyOf, faults, formOf } from './form'

const bot: Bot = {
  enabled: true,
  thresholds: { answer: 0.855, menu: 0 },
  default_thresholds: { answer: 0.9, menu: 0.2 },
  hours: [
    { weekday: 1, from: '09:00', to: '12:00' },
    { weekday: 1, from: '13:30', to: '17:30' },
    { weekday: 6, from: '18:00', to: '24:00' },
  ],
  texts: {
    greeting: '您好',
    answer_footer: '',
    menu_intro: '',
    menu_footer: '',
    hand_over: '受理编号：{number}',
    hand_over_off_hours: '工作时间：{hours}',
    thanks: '',
    menu_gone: '请直接提问',
    courtesy: '您好',
    crisis: '请拨打 12356',
  },
  departments: ['公安局'],
  menu: { RESIDENCE: 'jzz-1', FUND: 'gjj-2' },
  vote_hours: 24,
  menu_minutes: 30,
}

describe('the settings of the bot as a form', () => {
  it('go there and back unchanged', () => {
    const { default_thresholds: shown, ...settings } = bot
    expect(shown).toBeDefined()
    expect(bodyOf(formOf(bot))).toEqual(settings)
  })

  it('show a confidence in percent and the desk’s own as nothing', () => {
    expect(formOf(bot)).toMatchObject({ answer: '85.5', menu: '' })
    expect(formOf({ ...bot, thresholds: { answer: 0.57, menu: 0.29 } })).toMatchObject({
      answer: '57',
      menu: '29',
    })
  })

  it('know the end of a day as a time field can hold it', () => {
    expect(formOf(bot).hours[6]).toEqual([{ from: '18:00', to: '00:00' }])
  })

  it('leave the stored settings alone while they are edited', () => {
    const form = formOf(bot)
    form.departments.push('人社局')
    form.texts.greeting = '改'
    expect(bot.departments).toEqual(['公安局'])
    expect(bot.texts.greeting).toBe('您好')
  })

  it('send no empty menu item', () => {
    const form = formOf(bot)
    form.items.push({ key: ' ', code: '' }, { key: ' TAX ', code: ' sw-3 ' })
    expect(bodyOf(form).menu).toEqual({ ...bot.menu, TAX: 'sw-3' })
  })
})

describe('what the server could not say', () => {
  it('is nothing for what is well', () => {
    expect(faults(formOf(bot))).toEqual({})
    expect(faults({ ...formOf(bot), answer: '' })).toEqual({})
  })
  it('is said by field', () => {
    const form = formOf(bot)
    expect(
      faults({
        ...form,
        answer: '八成',
        menu: '130',
        voteHours: '',
        menuMinutes: '1.5',
        items: [...form.items, { key: 'FUND ', code: 'x' }],
      }),
    ).toEqual({
      'bot.thresholds.answer': 'bot.notFigure',
      'bot.thresholds.menu': 'bot.notFigure',
      'bot.vote_hours': 'bot.notWhole',
      'bot.menu_minutes': 'bot.notWhole',
      'bot.menu': 'bot.twice',
    })
  })
})
