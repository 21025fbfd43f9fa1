import type { AccountInput, WechatMode } from '@/api/accounts'

export const secrets = ['app_secret', 'token', 'encoding_aes_key', 'previous_aes_key'] as const

export interface AccountForm extends Record<(typeof secrets)[number], string> {
  name: string
  group: string
  enabled: boolean
  bot: boolean
  show_department: boolean
  survey: boolean
  rate_days: string
  bad_mark: string
  app_id: string
  original_id: string
  mode: WechatMode
  api_base: string
}

/** What is sent: a secret left empty is left out, so that it stays as it is. */
export function accountBody(form: AccountForm, wechat: boolean): AccountInput {
  const body: AccountInput = {
    name: form.name.trim(),
    group: form.group.trim(),
    enabled: form.enabled,
    bot: { enabled: form.bot },
    citizen: {
      show_department: form.show_department,
      survey: form.survey ? 'close' : 'off',
      rate_days: Number.parseInt(form.rate_days, 10) || 0,
      bad_mark: Number.parseInt(form.bad_mark, 10),
    },
  }
  if (!wechat) return body
  const written = secrets
    .filter((name) => form[name].trim() !== '')
    .map((name) => [name, form[name].trim()])
  body.settings = {
    app_id: form.app_id.trim(),
    original_id: form.original_id.trim(),
    mode: form.mode,
    api_base: form.api_base.trim(),
    ...Object.fromEntries(written),
  }
  return body
}
