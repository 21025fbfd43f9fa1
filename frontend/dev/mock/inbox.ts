// The made-up inbox: lists, counts, threads and what one does with a ticket.
import type { Entry, Suggestion } from '../../src/api/faq.ts'
import type { Ticket } from '../../src/api/tickets.ts'
import type { NoteItem, ReplyItem, TimelineItem } from '../../src/api/timeline.ts'
import type { User } from '../../src/api/users.ts'
import { entries } from './library.ts'
import { emit, fault, head, none, ok, type Answer, type Body, type Route } from './wire.ts'
import { departments, hour, iso, minute, start, storyOf, tickets, users } from './world.ts'

const open = new Set(['new', 'open', 'with_department', 'in_review'])
const nearDue = (ticket: Ticket) => {
  const clock = ticket.clocks[0]!
  const begun = Date.parse(clock.started_at)
  return clock.state === 'missed' || Date.now() > begun + (Date.parse(clock.due_at) - begun) * 0.8
}

function inView(ticket: Ticket, view: string, user: User): boolean {
  if (user.role === 'liaison') return ticket.department?.id === user.department?.id
  if (view === 'all') return true
  if (view === 'closed') return ticket.state === 'closed'
  if (!open.has(ticket.state)) return false
  if (view === 'mine') return ticket.assignee?.id === user.id
  if (view === 'unassigned') return !ticket.assignee
  if (view === 'due_soon') return nearDue(ticket)
  return true
}

/** What a list has, with the place of the words in the subject or the number. */
function search(query: URLSearchParams, user: User): Answer {
  const listed = list(query, user)
  if (listed.status !== 200) return listed
  const { items, next_cursor } = listed.json as { items: Ticket[]; next_cursor: string }
  const q = query.get('q') ?? ''
  const hits = items.map((ticket) => {
    const source = ticket.subject.includes(q) ? 'message' : 'number'
    const text = source === 'message' ? ticket.subject : ticket.number
    const start = Array.from(text.slice(0, text.indexOf(q))).length
    const matches = [{ start, end: start + Array.from(q).length }]
    return { ticket, excerpt: { source, text, matches, at: ticket.created_at } }
  })
  return ok({ items: hits, next_cursor })
}

function list(query: URLSearchParams, user: User): Answer {
  const get = (name: string) => query.get(name) ?? ''
  if (get('q') === '出错') return fault(503, 'unavailable', '检索暂不可用')
  const found = tickets
    .filter((ticket) => inView(ticket, get('view') || 'open', user))
    .filter((ticket) => !get('state') || ticket.state === get('state'))
    .filter((ticket) => !get('kind') || ticket.kind === get('kind'))
    .filter((ticket) => !get('account_id') || ticket.account.id === get('account_id'))
    .filter((ticket) => !get('q') || (ticket.subject + ticket.number).includes(get('q')))
    .toSorted((a, b) =>
      get('sort') === 'newest'
        ? Date.parse(b.last_message_at) - Date.parse(a.last_message_at)
        : Date.parse(a.due_at ?? '2999-01-01') - Date.parse(b.due_at ?? '2999-01-01'),
    )
  const from = Number(get('cursor') || 0)
  const limit = Number(get('limit') || 50)
  const next = from + limit < found.length ? String(from + limit) : ''
  return ok({ items: found.slice(from, from + limit), next_cursor: next })
}

export function suggest(text: string): Suggestion[] {
  const score = (entry: Entry) =>
    Array.from(new Set(text)).filter(
      (c) => entry.question.includes(c) && !'的吗呀，？怎么要'.includes(c),
    ).length
  return entries
    .filter((entry) => entry.current)
    .map((entry) => ({ entry, n: score(entry) }))
    .filter(({ n }) => n > 1)
    .toSorted((a, b) => b.n - a.n)
    .slice(0, 6)
    .map(({ entry, n }, index) => {
      const at = Array.from(entry.question).findIndex((c) => text.includes(c))
      return {
        entry_id: entry.id,
        revision: entry.revision,
        question: entry.question,
        matched_question: (index === 0 && entry.similar_questions[0]) || entry.question,
        answer: entry.answer,
        score: n,
        confidence: Math.max(0.2, 0.93 - index * 0.32),
        department: entry.department,
        document_number: entry.document_number,
        service_link: entry.service_link,
        valid_to: entry.valid_to,
        slips: [],
        matches: at < 0 ? [] : [{ field: 'question' as const, start: at, end: at + 3 }],
      }
    })
}

const ticketOf = (id: string) => tickets.find((ticket) => ticket.id === id)

function change(id: string, patch: Partial<Ticket>, name: string): Answer {
  const ticket = ticketOf(id)
  if (!ticket) return fault(404, 'not_found', '没有这个工单')
  Object.assign(ticket, patch)
  emit(name, id)
  return ok(ticket)
}

function addReply(id: string, body: Body, user: User): Answer {
  const ticket = ticketOf(id)
  if (!ticket) return fault(404, 'not_found', '没有这个工单')
  const items = storyOf(ticket)
  if (Number(body.seen_event) < (ticket.last_event ?? 0)) {
    return fault(409, 'conflict', '会话有新内容', {
      reason: 'thread_moved',
      last_event: ticket.last_event,
    })
  }
  const reply: ReplyItem = {
    type: 'reply',
    id: `r${Date.now()}`,
    at: new Date().toISOString(),
    text: String(body.text),
    state: body.review ? 'in_review' : 'approved',
    origin: body.entry_id ? 'faq' : 'staff',
    author: { id: user.id, name: user.name },
    sent_at: undefined,
    error: null,
    deliveries: [],
    reviewer: null,
  }
  items.push(reply)
  if (!body.review) {
    setTimeout(() => {
      reply.state = 'sent'
      reply.sent_at = new Date().toISOString()
      Object.assign(ticket, { state: 'replied', due_at: undefined })
      ticket.clocks.forEach((clock) =>
        Object.assign(clock, { state: 'met', met_at: reply.sent_at }),
      )
      emit('delivery.sent', id)
    }, 900)
  }
  emit('reply.created', id)
  return ok(reply)
}

/** For tests of live behaviour: a citizen writes. */
export function citizen(body: Body): Answer {
  const ticket = body.ticket_id ? ticketOf(String(body.ticket_id)) : undefined
  const text = String(body.text ?? '请问这个怎么办理？')
  const message: TimelineItem = {
    type: 'message',
    id: `m${Date.now()}`,
    at: new Date().toISOString(),
    message_type: 'text',
    data: {},
    attachments: [],
    text,
  }
  if (ticket) {
    storyOf(ticket).push(message)
    Object.assign(ticket, {
      last_event: head() + 1,
      unread: true,
      last_message_at: message.at,
      preview: text,
    })
    emit('message.received', ticket.id)
    return ok(ticket)
  }
  const now = Date.now() - start
  const due = Number(body.due_minutes ?? 24 * 60) * minute
  const next: Ticket = {
    ...tickets[0]!,
    id: String(1000 + tickets.length),
    number: `20261122-${tickets.length + 1}`,
    state: 'new',
    subject: text,
    preview: text,
    priority: 'normal',
    tags: [],
    assignee: null,
    unread: true,
    created_at: iso(now),
    last_message_at: iso(now),
    updated_at: iso(now),
    due_at: iso(now + due),
    contact: { id: String(9000 + tickets.length), label: '粉丝 c0de' },
    clocks: [
      {
        id: `c${tickets.length}`,
        name: 'first_reply',
        state: 'running',
        started_at: iso(now - (24 * hour - due)),
        due_at: iso(now + due),
        warned: 0,
      },
    ],
  }
  tickets.push(next)
  emit('message.received', next.id)
  return ok(next)
}

function findReply(id: string): { reply: ReplyItem; ticket: Ticket } | undefined {
  for (const ticket of tickets) {
    const reply = storyOf(ticket).find((item) => item.type === 'reply' && item.id === id)
    if (reply?.type === 'reply') return { reply, ticket }
  }
  return undefined
}

function decide(id: string, what: string, body: Body): Answer {
  const found = findReply(id)
  if (!found) return fault(404, 'not_found', '没有这条答复')
  const state = {
    approve: 'sent',
    reject: 'rejected',
    resend: 'sent',
    cancel: 'cancelled',
    confirm: 'sent',
  }[what] as ReplyItem['state']
  Object.assign(found.reply, { state, error: null, review_reason: body.reason })
  emit(`reply.${what}`, found.ticket.id)
  return ok(found.reply)
}

export const inboxRoutes: Route[] = [
  ['GET', /^\/tickets$/, ({ query, user }) => list(query, user)],
  ['GET', /^\/search$/, ({ query, user }) => search(query, user)],
  [
    'GET',
    /^\/tickets\/counts$/,
    ({ user }) => {
      const n = (view: string) => tickets.filter((ticket) => inView(ticket, view, user)).length
      return ok({
        open: n('open'),
        mine: n('mine'),
        unassigned: n('unassigned'),
        due_soon: n('due_soon'),
        overdue: tickets.filter((t) => t.clocks[0]!.state === 'missed').length,
        in_review: tickets.filter((t) => t.state === 'in_review').length,
        failed: 2,
        dead_work: 1,
      })
    },
  ],
  [
    'GET',
    /^\/tickets\/(\w+)$/,
    ({ params }) => {
      const ticket = ticketOf(params[0]!)
      if (!ticket) return fault(404, 'not_found', '没有这个工单')
      const window =
        ticket.kind === 'private' ? { until: iso(41 * hour), left: 3, open: true } : null
      return ok({
        ...ticket,
        window,
        limits:
          ticket.kind === 'private'
            ? { max_bytes: 2048, max_runes: 0 }
            : { max_bytes: 0, max_runes: 600 },
      })
    },
  ],
  [
    'GET',
    /^\/tickets\/(\w+)\/timeline$/,
    ({ params }) => {
      const ticket = ticketOf(params[0]!)
      return ticket
        ? ok({ items: storyOf(ticket), last_event: ticket.last_event })
        : fault(404, 'not_found', '没有这个工单')
    },
  ],
  [
    'GET',
    /^\/tickets\/(\w+)\/history$/,
    ({ params }) => {
      const me = ticketOf(params[0]!)
      return ok({
        items: tickets
          .filter((t) => t.id !== me?.id && t.contact.id === me?.contact.id)
          .slice(0, 20),
        next_cursor: '',
      })
    },
  ],
  [
    'GET',
    /^\/tickets\/(\w+)\/suggestions$/,
    ({ params }) => {
      const subject = ticketOf(params[0]!)?.subject ?? ''
      return ok({ query: subject, items: suggest(subject) })
    },
  ],
  [
    'POST',
    /^\/tickets\/(\w+)\/replies$/,
    ({ params, body, user }) => addReply(params[0]!, body, user),
  ],
  [
    'POST',
    /^\/tickets\/(\w+)\/notes$/,
    ({ params, body, user }) => {
      const ticket = ticketOf(params[0]!)!
      const note: TimelineItem = {
        type: 'note',
        id: `n${Date.now()}`,
        at: new Date().toISOString(),
        text: String(body.text),
        author: { id: user.id, name: user.name },
        mentions: (body.mentions ?? []) as NoteItem['mentions'],
        departments: [],
      }
      storyOf(ticket).push(note)
      emit('note.added', ticket.id)
      return ok(note)
    },
  ],
  [
    'POST',
    /^\/tickets\/(\w+)\/read$/,
    ({ params }) => {
      Object.assign(ticketOf(params[0]!)!, { unread: false })
      return none
    },
  ],
  [
    'POST',
    /^\/tickets\/(\w+)\/assign$/,
    ({ params, body }) => {
      const user = users.find((u) => u.id === body.assignee_id)
      return change(
        params[0]!,
        { assignee: user ? { id: user.id, name: user.name } : null },
        'ticket.assigned',
      )
    },
  ],
  [
    'POST',
    /^\/tickets\/(\w+)\/close$/,
    ({ params }) => change(params[0]!, { state: 'closed' }, 'ticket.closed'),
  ],
  [
    'POST',
    /^\/tickets\/(\w+)\/reopen$/,
    ({ params }) => change(params[0]!, { state: 'open' }, 'ticket.reopened'),
  ],
  [
    'POST',
    /^\/tickets\/(\w+)\/ignore$/,
    ({ params, body }) =>
      change(
        params[0]!,
        { state: 'ignored', closing_reason: String(body.reason) },
        'ticket.ignored',
      ),
  ],
  [
    'POST',
    /^\/tickets\/(\w+)\/priority$/,
    ({ params, body }) =>
      change(params[0]!, { priority: body.priority as Ticket['priority'] }, 'ticket.prioritized'),
  ],
  [
    'POST',
    /^\/tickets\/(\w+)\/tags$/,
    ({ params, body }) => change(params[0]!, { tags: body.tags as string[] }, 'ticket.tagged'),
  ],
  [
    'POST',
    /^\/tickets\/(\w+)\/escalations$/,
    ({ params, body }) => {
      const department = departments.find((d) => d.id === body.department_id)!
      return change(
        params[0]!,
        { state: 'with_department', department: { id: department.id, name: department.name } },
        'ticket.escalated',
      )
    },
  ],
  [
    'POST',
    /^\/replies\/([\w-]+)\/(approve|reject|resend|cancel|confirm)$/,
    ({ params, body }) => decide(params[0]!, params[1]!, body),
  ],
]
