import { call, type Page } from './client'
import type { Ref } from './refs'

export const ticketStates = [
  'new',
  'open',
  'with_department',
  'in_review',
  'replied',
  'closed',
  'ignored',
] as const
export type TicketState = (typeof ticketStates)[number]

export const priorities = ['low', 'normal', 'high', 'urgent'] as const
export type Priority = (typeof priorities)[number]

export type Kind = 'private' | 'comment'

export const views = ['open', 'mine', 'unassigned', 'due_soon', 'in_review', 'all'] as const
/** The views of the inbox. in_review is the view all with the state in_review. */
export type View = (typeof views)[number]

export type Sort = 'due' | 'newest'

export interface Clock {
  id: string
  name: string
  state: 'running' | 'paused' | 'met' | 'missed' | 'cancelled'
  started_at: string
  due_at: string
  met_at?: string | null
  warned?: number
  reason?: string
}

export interface Ticket {
  id: string
  number: string
  state: TicketState
  kind: Kind
  priority: Priority
  account: { id: string; name: string; platform: string }
  contact: { id: string; label: string }
  post?: { title: string; url?: string } | null
  subject: string
  preview: string
  last_message_at: string
  created_at: string
  updated_at: string
  assignee?: Ref | null
  department?: Ref | null
  tags: string[]
  clocks: Clock[]
  due_at?: string | null
  unread: boolean
  message_count: number
  last_event: number
  closing_reason?: string
  window?: SendWindow | null
  limits?: Limits | null
}

/** Until when and how often the platform lets us write to the contact. */
export interface SendWindow {
  until?: string | null
  left: number
  open: boolean
}

/** What one reply may hold; 0 means no limit known. */
export interface Limits {
  max_bytes: number
  max_runes: number
}

export interface Counts {
  open: number
  mine: number
  unassigned: number
  due_soon: number
  overdue: number
  in_review: number
  failed: number
}

export interface TicketFilter {
  view: View
  state?: TicketState | ''
  account_id?: string
  assignee_id?: string
  department_id?: string
  kind?: Kind | ''
  q?: string
  sort?: Sort
}

export function listTickets(
  filter: TicketFilter & { contact_id?: string },
  page: { cursor?: string; limit?: number } = {},
  signal?: AbortSignal,
): Promise<Page<Ticket>> {
  const { view, ...rest } = filter
  const query =
    view === 'in_review'
      ? { ...rest, view: 'all', state: 'in_review', ...page }
      : { ...rest, view, ...page }
  return call('GET', '/tickets', { query, signal })
}

export const ticketCounts = (signal?: AbortSignal) =>
  call<Counts>('GET', '/tickets/counts', { signal })

export const getTicket = (id: string, signal?: AbortSignal) =>
  call<Ticket>('GET', `/tickets/${id}`, { signal })

export const markRead = (id: string, event: number) =>
  call<void>('POST', `/tickets/${id}/read`, { body: { event } })

const act = (id: string, what: string, body: object = {}) =>
  call<Ticket>('POST', `/tickets/${id}/${what}`, { body })

export const assign = (id: string, assigneeId: string) =>
  act(id, 'assign', { assignee_id: assigneeId })
export const close = (id: string, reason = '') => act(id, 'close', reason ? { reason } : {})
export const reopen = (id: string) => act(id, 'reopen')
export const ignore = (id: string, reason: string) => act(id, 'ignore', { reason })
export const escalate = (id: string, departmentId: string, remark: string) =>
  act(id, 'escalations', { department_id: departmentId, remark })
export const prioritize = (id: string, priority: Priority) => act(id, 'priority', { priority })
export const tag = (id: string, tags: string[]) => act(id, 'tags', { tags })
