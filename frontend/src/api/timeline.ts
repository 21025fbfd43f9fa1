import { answer, api, type Schemas } from './client'

export type Timeline = Schemas['Timeline']
export type TimelineItem = Timeline['items'][number]
export type MessageItem = Schemas['MessageItem']
export type ReplyItem = Schemas['ReplyItem']
export type NoteItem = Schemas['NoteItem']
export type Mentionable = Schemas['Mentionable']
export type EventItem = Schemas['EventItem']
export type Attachment = Schemas['Attachment']
export type ReplyState = ReplyItem['state']
export type NewReply = Schemas['ReplyInputBody']

const of = (id: string) => ({ path: { id } })

export const getTimeline = (ticketId: string, signal?: AbortSignal): Promise<Timeline> =>
  answer(api.GET('/api/v1/tickets/{id}/timeline', { params: of(ticketId), signal }))

/** Shows a veiled message to the reader for a while, for a reason that goes on record. */
export const reveal = (messageId: string, reason: string) =>
  answer(api.POST('/api/v1/messages/{id}/reveal', { params: of(messageId), body: { reason } }))

/** Answers; 409 thread_moved when something newer than seen_event happened. */
export const sendReply = (ticketId: string, reply: NewReply): Promise<ReplyItem> =>
  answer(api.POST('/api/v1/tickets/{id}/replies', { params: of(ticketId), body: reply }))

export const addNote = (
  ticketId: string,
  text: string,
  mentions: NoteItem['mentions'] = [],
): Promise<NoteItem> =>
  answer(
    api.POST('/api/v1/tickets/{id}/notes', {
      params: of(ticketId),
      body: mentions.length > 0 ? { text, mentions } : { text },
    }),
  )

/** Whom a note of the ticket may call. */
export const listMentionable = (ticketId: string, q: string, signal?: AbortSignal) =>
  answer(
    api.GET('/api/v1/tickets/{id}/mentionable', {
      params: { ...of(ticketId), query: q ? { q } : {} },
      signal,
    }),
  )

/** confirmed: who approves has seen what the checks found in a model's draft. */
export const approveReply = (id: string, confirmed = false): Promise<ReplyItem> =>
  answer(
    api.POST('/api/v1/replies/{id}/approve', {
      params: of(id),
      ...(confirmed ? { body: { confirm_findings: true } } : {}),
    }),
  )

export const rejectReply = (id: string, reason: string): Promise<ReplyItem> =>
  answer(api.POST('/api/v1/replies/{id}/reject', { params: of(id), body: { reason } }))

/** Sends a failed reply again; one of unknown outcome only when a person has checked. */
export const resendReply = (id: string, checked: boolean): Promise<ReplyItem> =>
  answer(
    api.POST('/api/v1/replies/{id}/resend', {
      params: of(id),
      body: { confirm_unknown: checked },
    }),
  )

/** Settles an unknown outcome: a person has seen that it arrived. */
export const confirmReply = (id: string): Promise<ReplyItem> =>
  answer(api.POST('/api/v1/replies/{id}/confirm', { params: of(id) }))

export const cancelReply = (id: string): Promise<ReplyItem> =>
  answer(api.POST('/api/v1/replies/{id}/cancel', { params: of(id) }))
