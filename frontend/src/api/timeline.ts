import { call } from './client'
import type { Ref } from './refs'

export interface Attachment {
  id: string
  kind: 'image' | 'voice' | 'video' | 'file'
  state: 'pending' | 'stored' | 'failed'
  url?: string
  name: string
  content_type: string
  size: number
}

export interface MessageItem {
  type: 'message'
  id: string
  at: string
  message_type:
    | 'text'
    | 'image'
    | 'voice'
    | 'video'
    | 'location'
    | 'link'
    | 'event'
    | 'unknown'
  text: string
  data?: Record<string, unknown> | null
  attachments?: Attachment[] | null
}

export type ReplyState =
  | 'draft'
  | 'in_review'
  | 'approved'
  | 'sending'
  | 'sent'
  | 'rejected'
  | 'failed'
  | 'unknown'
  | 'cancelled'

export interface DeliveryAttempt {
  attempt: number
  started_at: string
  finished_at?: string | null
  outcome?: string
  code?: string
  message?: string
}

export interface ReplyItem {
  type: 'reply'
  id: string
  at: string
  text: string
  state: ReplyState
  origin: 'staff' | 'faq' | 'llm' | 'department' | 'bot'
  author?: Ref | null
  entry_id?: string
  sent_at?: string | null
  error?: { code: string; message: string } | null
  deliveries?: DeliveryAttempt[] | null
  reviewer?: Ref | null
  review_reason?: string
}

export interface NoteItem {
  type: 'note'
  id: string
  at: string
  text: string
  author?: Ref | null
}

export interface EventItem {
  type: 'event'
  id: string
  at: string
  name: string
  actor?: Ref | null
  data?: Record<string, unknown> | null
}

export type TimelineItem = MessageItem | ReplyItem | NoteItem | EventItem

export interface Timeline {
  items: TimelineItem[]
  last_event: number
}

export const getTimeline = (ticketId: string, signal?: AbortSignal) =>
  call<Timeline>('GET', `/tickets/${ticketId}/timeline`, { signal })

export interface NewReply {
  text: string
  entry_id?: string
  seen_event: number
  review?: boolean
}

export const sendReply = (ticketId: string, reply: NewReply) =>
  call<ReplyItem>('POST', `/tickets/${ticketId}/replies`, { body: reply })

export const addNote = (ticketId: string, text: string) =>
  call<NoteItem>('POST', `/tickets/${ticketId}/notes`, { body: { text } })

export const approveReply = (id: string) =>
  call<ReplyItem>('POST', `/replies/${id}/approve`, { body: {} })
export const rejectReply = (id: string, reason: string) =>
  call<ReplyItem>('POST', `/replies/${id}/reject`, { body: { reason } })
export const resendReply = (id: string, confirmUnknown: boolean) =>
  call<ReplyItem>('POST', `/replies/${id}/resend`, { body: { confirm_unknown: confirmUnknown } })
export const cancelReply = (id: string) =>
  call<ReplyItem>('POST', `/replies/${id}/cancel`, { body: {} })
