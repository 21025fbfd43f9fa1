import type { Kind, Sort, Ticket, TicketFilter } from '@/api/tickets'

const openStates = new Set(['new', 'open', 'with_department', 'in_review'])

/** The order of a list; what is put off begins with what comes back first. */
export type Order = Sort | 'wake'

/** Whether a ticket still waits for somebody; not while it is put off. */
export const isOpen = (ticket: Pick<Ticket, 'state' | 'snoozed_until'>): boolean =>
  openStates.has(ticket.state) && !ticket.snoozed_until

/**
 * The order of the server: those who wait, the ones in front, the urgent and the
 * rest, each by deadline, and then the others by their last message; or all by their
 * last message.
 */
export function compareTickets(sort: Order): (a: Ticket, b: Ticket) => number {
  const byId = (a: Ticket, b: Ticket) => a.id.length - b.id.length || (a.id < b.id ? -1 : 1)
  const byNewest = (a: Ticket, b: Ticket) =>
    Date.parse(b.last_message_at) - Date.parse(a.last_message_at) || byId(b, a)
  if (sort === 'newest') return byNewest
  const back = (ticket: Ticket) => Date.parse(ticket.snoozed_until ?? '') || never
  if (sort === 'wake') return (a, b) => back(a) - back(b) || byId(a, b)
  return (a, b) => {
    if (isOpen(a) !== isOpen(b)) return isOpen(a) ? -1 : 1
    if (!isOpen(a)) return byNewest(a, b)
    return lane(a) - lane(b) || dueTime(a) - dueTime(b) || byId(a, b)
  }
}

/** The part of the queue a ticket stands in; without a running clock it is the last. */
function lane(ticket: Ticket): number {
  if (!ticket.due_at) return 3
  const urgent = ticket.priority === 'urgent'
  if (ticket.in_front) return urgent ? 0 : 1
  return urgent ? 2 : 3
}

const never = Number.MAX_SAFE_INTEGER

function dueTime(ticket: Ticket): number {
  return ticket.due_at ? Date.parse(ticket.due_at) : never
}

/**
 * Whether a ticket belongs to the list under this filter. undefined: only the
 * server can tell (free text).
 */
export function matches(
  filter: TicketFilter,
  ticket: Ticket,
  me: string,
  now: number,
): boolean | undefined {
  if (filter.state && ticket.state !== filter.state) return false
  if (filter.account_id && ticket.account.id !== filter.account_id) return false
  if (filter.department_id && ticket.department?.id !== filter.department_id) return false
  if (filter.kind && ticket.kind !== (filter.kind as Kind)) return false
  if (filter.category && ticket.category !== filter.category) return false
  if (filter.priority && ticket.priority !== filter.priority) return false
  if (filter.tag && !ticket.tags.includes(filter.tag)) return false
  if (filter.late && !(isOpen(ticket) && dueTime(ticket) <= now)) return false
  if (filter.assignee_id) {
    const wanted = filter.assignee_id === 'me' ? me : filter.assignee_id
    if (wanted === 'none' ? ticket.assignee : ticket.assignee?.id !== wanted) return false
  }
  if (!inView(filter, ticket, me, now)) return false
  return filter.q ? undefined : true
}

const dueSoonShare = 0.8

function inView(filter: TicketFilter, ticket: Ticket, me: string, now: number): boolean {
  switch (filter.view) {
    case 'all':
      return true
    case 'in_review':
      return ticket.state === 'in_review'
    case 'snoozed':
      return !!ticket.snoozed_until
    case 'mine':
      return isOpen(ticket) && ticket.assignee?.id === me
    case 'unassigned':
      return isOpen(ticket) && !ticket.assignee
    case 'due_soon':
      return isOpen(ticket) && ticket.clocks.some((clock) => runsOut(clock, now))
    default:
      return isOpen(ticket)
  }
}

function runsOut(clock: Ticket['clocks'][number], now: number): boolean {
  if (clock.state === 'missed') return !clock.met_at
  if (clock.state !== 'running') return false
  const started = Date.parse(clock.started_at)
  const due = Date.parse(clock.due_at)
  return clock.warned >= 80 || now >= started + (due - started) * dueSoonShare
}

/** Where ticket belongs in the sorted list. */
export function placeOf(list: readonly Ticket[], ticket: Ticket, sort: Order): number {
  const compare = compareTickets(sort)
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compare(list[middle]!, ticket) <= 0) low = middle + 1
    else high = middle
  }
  return low
}
