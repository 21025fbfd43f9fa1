import { answer, api, type Page, type Schemas } from './client'

export type Finding = Schemas['Finding']
export type CheckedText = Schemas['CheckedText']
export type ReplyReview = Schemas['ReplyReview']
export type Decided = Schemas['Decided']

const of = (id: string) => ({ path: { id } })

/** What the checks find in a reply, and how many people must approve it. */
export const checkText = (
  ticketId: string,
  body: { text: string; entry_id?: string; draft_id?: string },
  signal?: AbortSignal,
): Promise<CheckedText> =>
  answer(api.POST('/api/v1/tickets/{id}/check', { params: of(ticketId), body, signal }))

/** Replies that wait for approvals, oldest first. */
export const listReviews = (
  page: { cursor?: string; limit?: number } = {},
  signal?: AbortSignal,
): Promise<Page<ReplyReview>> =>
  answer(api.GET('/api/v1/approvals', { params: { query: page }, signal }))

export const approveMany = (ids: string[]) =>
  answer(api.POST('/api/v1/approvals/approve', { body: { ids } }))

export const rejectReview = (replyId: string, reason: string) =>
  answer(api.POST('/api/v1/replies/{id}/reject', { params: of(replyId), body: { reason } }))

export const bypassReview = (replyId: string, reason: string) =>
  answer(api.POST('/api/v1/replies/{id}/bypass', { params: of(replyId), body: { reason } }))
