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

export type ApprovalPolicy = Schemas['ApprovalPolicy']
export type ApprovalRule = Schemas['ApprovalRule']
export type ApprovalPolicyFields = Partial<Pick<ApprovalPolicy, 'name' | 'enabled' | 'rule'>>

/** All of them: the desk takes at most 200. */
export const listApprovalPolicies = async (signal?: AbortSignal): Promise<ApprovalPolicy[]> =>
  (await answer(api.GET('/api/v1/approvals/policies', { signal }))).items

export const addApprovalPolicy = (body: ApprovalPolicyFields) =>
  answer(api.POST('/api/v1/approvals/policies', { body }))

export const changeApprovalPolicy = (id: string, body: ApprovalPolicyFields) =>
  answer(api.PATCH('/api/v1/approvals/policies/{id}', { params: of(id), body }))

export const deleteApprovalPolicy = (id: string) =>
  answer(api.DELETE('/api/v1/approvals/policies/{id}', { params: of(id) }))
