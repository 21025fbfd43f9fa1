import { call } from './client'
import type { Ref } from './refs'
import type { ReplyItem } from './timeline'

export interface DeadReply {
  reply: ReplyItem
  ticket: { id: string; number: string; subject?: string }
}

export interface DeadPayload {
  id: string
  account?: Ref | null
  received_at: string
  error: string
}

export interface DeadTask {
  id: string
  kind: string
  key: string
  attempts: number
  last_error: string
  at: string
}

export interface DeadWork {
  replies: DeadReply[] | null
  payloads: DeadPayload[] | null
  tasks: DeadTask[] | null
}

export const deadWork = (signal?: AbortSignal) => call<DeadWork>('GET', '/operations/dead', { signal })
export const replayPayload = (id: string) =>
  call<unknown>('POST', `/operations/payloads/${id}/replay`, { body: {} })
export const retryTask = (id: string) =>
  call<unknown>('POST', `/operations/tasks/${id}/retry`, { body: {} })
