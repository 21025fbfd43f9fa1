import type { LocationQuery } from 'vue-router'
import {
  ticketStates,
  views,
  type Sort,
  type TicketFilter,
  type TicketState,
  type View,
} from '@/api/tickets'

// The filter lives in the address, so that a list can be sent to a colleague
// and the browser's back button works.

function one(query: LocationQuery, name: string): string {
  const value = query[name]
  return typeof value === 'string' ? value : ''
}

function known<T extends string>(value: string, all: readonly T[]): T | undefined {
  return all.find((item) => item === value)
}

export function filterFromQuery(query: LocationQuery): TicketFilter {
  const filter: TicketFilter = { view: known<View>(one(query, 'view'), views) ?? 'open' }
  const state = known<TicketState>(one(query, 'state'), ticketStates)
  const kind = known(one(query, 'kind'), ['private', 'comment'] as const)
  const sort = known<Sort>(one(query, 'sort'), ['due', 'newest'])
  if (state) filter.state = state
  if (kind) filter.kind = kind
  if (sort) filter.sort = sort
  for (const name of ['account_id', 'assignee_id', 'department_id', 'q', 'tag'] as const) {
    const value = one(query, name)
    if (value) filter[name] = value
  }
  for (const name of ['from', 'to'] as const) {
    const value = one(query, name)
    if (/^\d{4}-\d{2}-\d{2}$/.test(value)) filter[name] = value
  }
  return filter
}

export function queryFromFilter(filter: TicketFilter): Record<string, string> {
  const query: Record<string, string> = {}
  for (const [name, value] of Object.entries(filter)) {
    if (value && !(name === 'view' && value === 'open')) query[name] = String(value)
  }
  return query
}

/** What narrows a list beside its view; the last three a search only. */
export const narrowing = [
  'state',
  'account_id',
  'assignee_id',
  'department_id',
  'kind',
  'tag',
  'from',
  'to',
] as const

/** How many filters beside the view are set. */
export function filterCount(filter: TicketFilter): number {
  return narrowing.filter((name) => filter[name]).length
}
