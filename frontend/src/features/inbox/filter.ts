import type { LocationQuery } from 'vue-router'
import {
  priorities,
  ticketStates,
  views,
  type Priority,
  type Sort,
  type TicketFilter,
  type TicketState,
  type View,
} from '@/api/tickets'
import type { SavedFilter } from '@/api/views'
import { sortOf } from '@/stores/tickets'

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
  const priority = known<Priority>(one(query, 'priority'), priorities)
  if (priority) filter.priority = priority
  if (one(query, 'late') === 'true') filter.late = true
  for (const name of [
    'account_id',
    'assignee_id',
    'department_id',
    'team_id',
    'q',
    'tag',
    'post_id',
    'category',
  ] as const) {
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

/** What narrows a list beside its view; the last two a search only. */
export const narrowing = [
  'state',
  'priority',
  'late',
  'account_id',
  'assignee_id',
  'department_id',
  'team_id',
  'kind',
  'category',
  'tag',
  'post_id',
  'from',
  'to',
] as const

/** How many filters beside the view are set. */
export function filterCount(filter: TicketFilter): number {
  return narrowing.filter((name) => filter[name]).length
}

/** Whether there is something about the filter that its view alone has not. */
export const isNarrowed = (filter: TicketFilter): boolean =>
  filterCount(filter) > 0 || !!filter.q || sortOf(filter) !== sortOf({ view: filter.view })

/** Whether two filters show the same list. */
export function sameFilter(a: TicketFilter, b: TicketFilter): boolean {
  return (
    a.view === b.view &&
    (a.q ?? '') === (b.q ?? '') &&
    (!!a.q || sortOf(a) === sortOf(b)) &&
    narrowing.every((name) => (a[name] ?? '') === (b[name] ?? ''))
  )
}

/** A saved filter as the list has it. */
export function filterOfView(saved: SavedFilter): TicketFilter {
  const { view, ...rest } = saved
  return { ...rest, view: known<View>(view, views) ?? 'open' }
}

/** The filter as it is saved: what the list leaves out is left out. */
export function savedFilterOf(filter: TicketFilter): SavedFilter {
  const { from, to, post_id: _, ...rest } = filter
  const kept = filter.q ? { ...rest, from, to } : rest
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value)) as SavedFilter
}
