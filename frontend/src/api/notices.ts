import { answer, api, filled, type Page, type Schemas } from './client'

export type Notice = Schemas['Notice']
export type NoticeSettings = Schemas['NoticeSettings']
export type NoticeTopic = Schemas['NoticeTopic']
export type Medium = 'app' | 'browser' | 'mail' | 'robot'
export type Sender = Schemas['Sender']
export type SenderKind = Sender['kind']
export type SenderInput = Schemas['SenderBody']
export type SentNotice = Schemas['SentNotice']
export type SendState = SentNotice['state']

export const media: readonly Medium[] = ['app', 'browser', 'mail', 'robot']
export const senderKinds: readonly SenderKind[] = ['smtp', 'wecom', 'dingtalk', 'feishu']
export const sendStates: readonly SendState[] = ['waiting', 'sending', 'sent', 'failed']

interface Paging {
  cursor?: string
  limit?: number
}

const of = (id: string) => ({ path: { id } })

export const listNotices = (
  unread: boolean,
  page: Paging = {},
  signal?: AbortSignal,
): Promise<Page<Notice> & { unread: number }> =>
  answer(
    api.GET('/api/v1/notices', { params: { query: filled({ unread: unread || undefined, ...page }) }, signal }),
  )

/** Marks these as read, or, with upTo, that one and everything before. */
export const readNotices = (body: { ids?: string[]; up_to?: string }) =>
  answer(api.POST('/api/v1/notices/read', { body }))

export const getNoticeSettings = (signal?: AbortSignal): Promise<NoticeSettings> =>
  answer(api.GET('/api/v1/notices/settings', { signal }))

type Kept = 'robots' | 'mail_ready' | 'robot_ready' | 'robot_id'

export const saveNoticeSettings = (
  settings: Omit<NoticeSettings, Kept> & { robot_id: string },
): Promise<NoticeSettings> => answer(api.PUT('/api/v1/notices/settings', { body: settings }))

export const listSenders = (signal?: AbortSignal): Promise<Sender[]> =>
  answer(api.GET('/api/v1/notices/senders', { signal })).then((page) => page.items)

export const createSender = (kind: SenderKind, body: SenderInput): Promise<Sender> =>
  answer(api.POST('/api/v1/notices/senders', { body: { kind, ...body } }))

export const updateSender = (id: string, body: SenderInput): Promise<Sender> =>
  answer(api.PATCH('/api/v1/notices/senders/{id}', { params: of(id), body }))

export const removeSender = (id: string) =>
  answer(api.DELETE('/api/v1/notices/senders/{id}', { params: of(id) }))

export const testSender = (id: string) =>
  answer(api.POST('/api/v1/notices/senders/{id}/test', { params: of(id) }))

export const listSends = (
  state: SendState | '',
  page: Paging = {},
  signal?: AbortSignal,
): Promise<Page<SentNotice>> =>
  answer(api.GET('/api/v1/notices/sends', { params: { query: filled({ state: state || undefined, ...page }) }, signal }))
