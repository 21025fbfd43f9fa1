import { allPages, call, type Page } from './client'

export type WechatMode = 'plain' | 'compatible' | 'safe'

/** What the server tells; of a secret only whether it is set. */
export interface AccountSettings {
  app_id?: string
  original_id?: string
  mode?: WechatMode
  api_base?: string
  app_secret_set?: boolean
  token_set?: boolean
  encoding_aes_key_set?: boolean
  previous_aes_key_set?: boolean
}

export interface Account {
  id: string
  platform: string
  name: string
  group?: string
  enabled: boolean
  webhook_url: string
  settings: AccountSettings
  bot: { enabled: boolean }
  created_at: string
  last_received_at?: string | null
}

/** What a person writes; a secret left out stays as it is. */
export interface AccountInput {
  platform?: string
  name?: string
  group?: string
  enabled?: boolean
  settings?: {
    app_id?: string
    original_id?: string
    mode?: WechatMode
    api_base?: string
    app_secret?: string
    token?: string
    encoding_aes_key?: string
    previous_aes_key?: string
  }
  bot?: { enabled: boolean }
}

export const listAccounts = (signal?: AbortSignal) =>
  allPages((cursor) =>
    call<Page<Account>>('GET', '/accounts', { query: { limit: 200, cursor }, signal }),
  )
export const createAccount = (body: AccountInput) => call<Account>('POST', '/accounts', { body })
export const updateAccount = (id: string, body: AccountInput) =>
  call<Account>('PATCH', `/accounts/${id}`, { body })
export const checkAccount = (id: string) =>
  call<{ ok?: boolean; message?: string } | undefined>('POST', `/accounts/${id}/check`, {
    body: {},
    timeout: 30_000,
  })
