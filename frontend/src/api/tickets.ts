import { answer, api, filled, type Page, type Schemas } from './client'

export type Ticket = Schemas['Ticket']
export type Clock = Schemas['Clock']
export type TicketState = Ticket['state']
export type Priority = Ticket['priority']
export type Kind = Ticket['kind']
export type SendWindow = Schemas['Window']
export type Limits = Schemas['Limits']
export type Counts = Schemas['Counts']
export type Found = Schemas['FoundTicket']
export type Excerpt = Schemas['Excerpt']
export type Sort = 'due' | 'newest'

export const ticketStates: readonly TicketState[] = [
  'new',
  'open',
  'with_department',
  'in_review',
  'replied',
  'closed',
  'ignored',
  'merged',
]

export const priorities: readonly Priority[] = ['low', 'normal', 'high', 'urgent']

/** The views of the inbox, in their order. */
export const views = [
  'open',
  'mine',
  'unassigned',
  'due_soon',
  'in_review',
  'snoozed',
  'all',
] as const
export type View = (typeof views)[number]

export interface TicketFilter {
  view: View
  state?: TicketState
  account_id?: string
  assignee_id?: string
  department_id?: string
  /** as tag, but of the snoozed ones too */
  team_id?: string
  kind?: Kind
  q?: string
  sort?: Sort
  category?: string
  priority?: Priority
  /** waiting, and past its deadline */
  late?: boolean
  /** of all that ever were only with q */
  tag?: string
  /** comments under a post, of what waits */
  post_id?: string
  /** these narrow a search only; days as YYYY-MM-DD */
  from?: string
  to?: string
}

export const listTickets = (
  filter: TicketFilter,
  page: { cursor?: string; limit?: number } = {},
  signal?: AbortSignal,
): Promise<Page<Ticket>> => {
  const { from: _, to: __, ...query } = { ...filter, ...page }
  return answer(api.GET('/api/v1/tickets', { params: { query: filled(query) }, signal }))
}

/** A page of tickets, those of a search with why each was found. */
export interface TicketPage extends Page<Ticket> {
  excerpts: ReadonlyMap<string, Excerpt>
}

/** Tickets that hold filter.q, the newest first, each with the text that shows why. */
export function searchTickets(
  { sort: _, q = '', ...filter }: TicketFilter,
  page: { cursor?: string; limit?: number } = {},
  signal?: AbortSignal,
): Promise<Page<Found>> {
  const query = { ...filled({ ...filter, ...page }), q }
  return answer(api.GET('/api/v1/search', { params: { query }, signal }))
}

export const ticketCounts = (signal?: AbortSignal) =>
  answer(api.GET('/api/v1/tickets/counts', { signal }))

const of = (id: string) => ({ path: { id } })

export const getTicket = (id: string, signal?: AbortSignal): Promise<Ticket> =>
  answer(api.GET('/api/v1/tickets/{id}', { params: of(id), signal }))

/** Other tickets of the same citizen, newest first. */
export const ticketHistory = (id: string, signal?: AbortSignal) =>
  answer(api.GET('/api/v1/tickets/{id}/history', { params: of(id), signal }))

export const markRead = (id: string, event: number) =>
  answer(api.POST('/api/v1/tickets/{id}/read', { params: of(id), body: { event } }))

export const assign = (id: string, assigneeId: string) =>
  answer(
    api.POST('/api/v1/tickets/{id}/assign', {
      params: of(id),
      body: { assignee_id: assigneeId || null },
    }),
  )

/** Ends a ticket; one that was not answered needs a reason. */
export const close = (id: string, reason: string) =>
  answer(api.POST('/api/v1/tickets/{id}/close', { params: of(id), body: reason ? { reason } : {} }))

export const reopen = (id: string) =>
  answer(api.POST('/api/v1/tickets/{id}/reopen', { params: of(id) }))

/** Takes back that one has just ended the ticket: all is as it was, the clock too. */
export const undo = (id: string) => answer(api.POST('/api/v1/tickets/{id}/undo', { params: of(id) }))

/** Merges a ticket into another of its citizen, which goes on with all it had. */
export const merge = (id: string, into: string) =>
  answer(api.POST('/api/v1/tickets/{id}/merge', { params: of(id), body: { into_id: into } }))

/** Makes a ticket of its own of messages, and answers with it. */
/** answered: what they got as an answer in that ticket answers these messages too */
export const split = (id: string, messages: string[], answered: boolean) =>
  answer(
    api.POST('/api/v1/tickets/{id}/split', {
      params: of(id),
      body: { message_ids: messages, answered },
    }),
  )

export const ignore = (id: string, reason: string) =>
  answer(api.POST('/api/v1/tickets/{id}/ignore', { params: of(id), body: { reason } }))

/** Stops the ticket's clock; until "" somebody resumes it. */
export const pause = (id: string, reason: string, until: string) =>
  answer(
    api.POST('/api/v1/tickets/{id}/pause', {
      params: of(id),
      body: until ? { reason, until } : { reason },
    }),
  )

export const resume = (id: string) =>
  answer(api.POST('/api/v1/tickets/{id}/resume', { params: of(id) }))

/** Puts the deadline of the ticket's clock off. */
export const postpone = (id: string, reason: string, until: string) =>
  answer(api.POST('/api/v1/tickets/{id}/postpone', { params: of(id), body: { reason, until } }))

export type SnoozeTime = Schemas['SnoozeTime']

/** The times tickets are usually put off to. */
export const snoozeTimes = async (): Promise<SnoozeTime[]> =>
  (await answer(api.GET('/api/v1/snooze-times'))).items

/** Puts the ticket off; its clock runs on. */
export const snooze = (id: string, until: string) =>
  answer(api.POST('/api/v1/tickets/{id}/snooze', { params: of(id), body: { until } }))

/** Brings a ticket back that was put off. */
export const wake = (id: string) => answer(api.POST('/api/v1/tickets/{id}/wake', { params: of(id) }))

/** What came after the answer is thanks: the clock ends. */
export const thanked = (id: string) =>
  answer(api.POST('/api/v1/tickets/{id}/thanks', { params: of(id) }))

export const prioritize = (id: string, priority: Priority) =>
  answer(api.POST('/api/v1/tickets/{id}/priority', { params: of(id), body: { priority } }))

export const tag = (id: string, tags: string[]) =>
  answer(api.POST('/api/v1/tickets/{id}/tags', { params: of(id), body: { tags } }))

export const categorize = (id: string, category: string) =>
  answer(api.POST('/api/v1/tickets/{id}/category', { params: of(id), body: { category } }))

/** The categories one may choose from; another may be typed. */
export const listCategories = async (): Promise<string[]> =>
  (await answer(api.GET('/api/v1/tickets/categories'))).items

export type BulkAction =
  | 'assign'
  | 'tag'
  | 'prioritize'
  | 'categorize'
  | 'snooze'
  | 'close'
  | 'ignore'
export type BulkResult = Schemas['ManyResult']

/** What a bulk action does; only what belongs to the action is given. */
export interface BulkChange {
  assignee_id?: string
  add_tags?: string[]
  remove_tags?: string[]
  priority?: Priority
  category?: string
  reason?: string
  until?: string
}

/** One action on many tickets; none is ended that has a message more than when it was chosen. */
export const bulk = (
  action: BulkAction | 'undo',
  tickets: readonly Ticket[],
  change: BulkChange,
): Promise<BulkResult> =>
  answer(
    api.POST('/api/v1/tickets/bulk', {
      body: {
        action,
        ...change,
        tickets: tickets.map(({ id, message_count }) => ({ id, message_count })),
      },
    }),
  )
