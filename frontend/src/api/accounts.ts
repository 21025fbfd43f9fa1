import { answer, api, sender, type Schemas } from './client'

export type WechatMode = 'plain' | 'compatible' | 'safe'

/** What the server tells of a WeChat account; of a secret only whether it is set. */
export interface WechatSettings {
  app_id?: string
  original_id?: string
  mode?: WechatMode
  api_base?: string
  app_secret_set?: boolean
  token_set?: boolean
  encoding_aes_key_set?: boolean
  previous_aes_key_set?: boolean
}

export type Account = Omit<Schemas['Account'], 'settings'> & { settings: WechatSettings }

/** What a person writes; a secret left out stays as it is. */
export type AccountInput = Schemas['AccountBody']

export type Bot = Schemas['Bot']
export type BotChange = Schemas['BotBody']
export type BotTrial = Schemas['BotTrial']
export type BotItem = Schemas['BotItem']

// A check waits for the platform.
const checkTime = 30_000
const of = (id: string) => ({ path: { id } })

export async function listAccounts(signal?: AbortSignal): Promise<Account[]> {
  return (await answer(api.GET('/api/v1/accounts', { signal }))).items
}

/** The settings of an account stay untyped here: only its bot is of interest. */
export const getAccount = (id: string, signal?: AbortSignal) =>
  answer(api.GET('/api/v1/accounts/{id}', { params: of(id), signal }))

export const createAccount = (body: AccountInput): Promise<Account> =>
  answer(api.POST('/api/v1/accounts', { body }))

export const updateAccount = (id: string, body: AccountInput): Promise<Account> =>
  answer(api.PATCH('/api/v1/accounts/{id}', { params: of(id), body }))

/** Asks the platform; throws an ApiError that says why the credentials do not work. */
export const checkAccount = (id: string) =>
  answer(api.POST('/api/v1/accounts/{id}/check', { params: of(id), fetch: sender(checkTime) }))

/** What the bot would do with a message, by the settings that are saved. */
export const tryBot = (id: string, text: string): Promise<BotTrial> =>
  answer(api.POST('/api/v1/accounts/{id}/bot/try', { params: of(id), body: { text } }))

/** What a click on each item of the account's menu leads to, by the settings that are saved. */
export async function listBotItems(id: string, signal?: AbortSignal): Promise<BotItem[]> {
  return (await answer(api.GET('/api/v1/accounts/{id}/bot/menu', { params: of(id), signal }))).items
}
