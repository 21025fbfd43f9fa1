import type { LiveEvent } from './socket'

/** What an event may ask of the stores; the live store hands it in. */
export interface EventActions {
  /** the ticket changed: rows, thread and counts */
  ticket(id: string): void
  accounts(): void
  users(): void
  library(): void
  reviews(): void
  operations(): void
  /** one of the signed-in person's notices was written or read; what the browser is to show by its id */
  notices(id?: string): void
  senders(): void
  /** many messages alike: an alert began, grew or ended */
  alerts(): void
  /** what a department has changed, or its time limit */
  escalations(): void
  /** a citizen's rating was given or followed up */
  ratings(): void
  /** a saved view was added, changed or deleted */
  views(): void
  /** a team changed, or how much somebody is given, by their id */
  teams(userId?: string): void
  /** a message could not be read */
  deadLetter(): void
}

type Action = (event: LiveEvent, actions: EventActions) => void

const ticket: Action = (event, actions) => {
  if (event.ticket_id) actions.ticket(event.ticket_id)
}
const escalation: Action = (event, actions) => {
  ticket(event, actions)
  actions.escalations()
}
const clock: Action = (event, actions) => {
  ticket(event, actions)
  if (event.data?.escalation_id) actions.escalations()
}
const delivery: Action = (event, actions) => {
  ticket(event, actions)
  actions.operations()
}
const account: Action = (_, actions) => actions.accounts()
const user: Action = (_, actions) => actions.users()
const operations: Action = (_, actions) => actions.operations()
const review: Action = (event, actions) => {
  ticket(event, actions)
  actions.reviews()
}
const rating: Action = (event, actions) => {
  ticket(event, actions)
  actions.ratings()
}
const library: Action = (_, actions) => actions.library()

/** The one table: event name → what the stores do. */
export const eventTable: Record<string, Action> = {
  'message.received': ticket,
  'ticket.created': ticket,
  'ticket.assigned': ticket,
  'escalation.dispatched': escalation,
  'escalation.signed': escalation,
  'escalation.answered': escalation,
  'escalation.return_asked': escalation,
  'escalation.returned': escalation,
  'escalation.return_refused': escalation,
  'escalation.withdrawn': escalation,
  'escalation.extension_asked': escalation,
  'escalation.extension_granted': escalation,
  'escalation.extension_refused': escalation,
  'escalation.urged': escalation,
  'escalation.supervised': escalation,
  'escalation.reworked': escalation,
  'escalation.accepted': escalation,
  'escalation.restored': escalation,
  'ticket.closed': ticket,
  'ticket.reopened': ticket,
  'ticket.restored': ticket,
  'ticket.ignored': ticket,
  'ticket.prioritized': ticket,
  'ticket.tagged': ticket,
  'ticket.categorized': ticket,
  'ticket.related': ticket,
  'ticket.unrelated': ticket,
  'ticket.merged': ticket,
  'ticket.unmerged': ticket,
  'ticket.split': ticket,
  'ticket.snoozed': ticket,
  'ticket.woken': ticket,
  'note.added': ticket,
  'reply.created': ticket,
  'reply.submitted': review,
  'reply.proposed': ticket,
  'reply.approved': review,
  'reply.rejected': review,
  'reply.cancelled': review,
  'reply.step_approved': review,
  'reply.bypassed': review,
  'word.found': ticket,
  'reply.requeued': delivery,
  'delivery.started': ticket,
  'delivery.sent': delivery,
  'delivery.failed': delivery,
  'delivery.unknown': delivery,
  'delivery.retried': delivery,
  'clock.started': ticket,
  'clock.warned': clock,
  'clock.missed': clock,
  'clock.met': ticket,
  'clock.paused': ticket,
  'clock.resumed': ticket,
  'clock.postponed': ticket,
  'clock.dropped': ticket,
  'contact.subscribed': ticket,
  'contact.left': ticket,
  'contact.erased': ticket,
  'attachment.stored': ticket,
  'bot.answered': ticket,
  'bot.handed_over': ticket,
  'bot.voted': ticket,
  'code.renewed': ticket,
  'ticket.rated': rating,
  'rating.bad': rating,
  'rating.followed_up': rating,
  'account.alerted': account,
  'account.changed': account,
  'user.changed': user,
  'department.changed': user,
  'entry.changed': library,
  'entry.proposed': library,
  'entry.submitted': library,
  'entry.rejected': library,
  'entry.scheduled': library,
  'entry.expiring': library,
  'team.changed': (_, actions) => actions.teams(),
  'workload.changed': (event, actions) => {
    const { user_id: id } = event.data ?? {}
    actions.teams(typeof id === 'string' ? id : undefined)
  },
  'view.changed': (_, actions) => actions.views(),
  'payload.died': (_, actions) => actions.deadLetter(),
  'task.died': operations,
  'notice.written': (event, actions) => {
    const { notice_id: id, browser } = event.data ?? {}
    actions.notices(browser === true && typeof id === 'string' ? id : undefined)
  },
  'notice.read': (_, actions) => actions.notices(),
  'sender.changed': (_, actions) => actions.senders(),
  'alert.opened': (_, actions) => actions.alerts(),
  'alert.grown': (_, actions) => actions.alerts(),
  'alert.closed': (_, actions) => actions.alerts(),
}

/** A name the table lacks comes from a newer server: its ticket is reloaded. */
export function dispatch(event: LiveEvent, actions: EventActions): void {
  ;(eventTable[event.name] ?? ticket)(event, actions)
}
