import type { Sender, SenderInput } from '@/api/notices'

export const securities = ['tls', 'starttls', 'none'] as const

export interface SenderForm {
  kind: string
  name: string
  enabled: boolean
  department_id: string
  host: string
  port: string
  security: string
  username: string
  from: string
  /** The secrets: empty keeps what is stored. */
  password: string
  url: string
  secret: string
}

export const emptyForm = (): SenderForm => ({
  kind: 'dingtalk',
  name: '',
  enabled: true,
  department_id: '',
  host: '',
  port: '465',
  security: 'tls',
  username: '',
  from: '',
  password: '',
  url: '',
  secret: '',
})

export const formOf = (sender: Sender): SenderForm => ({
  ...emptyForm(),
  kind: sender.kind,
  name: sender.name,
  enabled: sender.enabled,
  department_id: sender.department?.id ?? '',
  host: sender.host ?? '',
  port: String(sender.port ?? 465),
  security: sender.security ?? 'tls',
  username: sender.username ?? '',
  from: sender.from ?? '',
})

/** What is sent: only what a sender of this kind has, and secrets only when entered. */
export function senderBody(form: SenderForm): SenderInput {
  const common = { name: form.name, enabled: form.enabled }
  if (form.kind === 'smtp')
    return {
      ...common,
      host: form.host,
      port: Number(form.port),
      security: form.security as NonNullable<SenderInput['security']>,
      username: form.username,
      from: form.from,
      ...(form.password ? { password: form.password } : {}),
    }
  return {
    ...common,
    department_id: form.department_id,
    ...(form.url ? { url: form.url } : {}),
    ...(form.secret ? { secret: form.secret } : {}),
  }
}
