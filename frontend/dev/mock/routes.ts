import type { Account } from '../../src/api/accounts.ts'
import type { Entry, Suggestion } from '../../src/api/faq.ts'
import type { Ticket } from '../../src/api/tickets.ts'
import type { ReplyItem, TimelineItem } from '../../src/api/timeline.ts'
import type { User } from '../../src/api/users.ts'
import { entries } from './library.ts'
import { picture } from './picture.ts'
import { accounts, departments, hour, iso, minute, start, storyOf, tickets, users } from './world.ts'

export interface Answer {
  status: number
  json?: unknown
  raw?: Buffer | string
  headers?: Record<string, string>
}

type Body = Record<string, unknown>
type Handler = (call: {
  params: string[]
  query: URLSearchParams
  body: Body
  user: User
}) => Answer

let events = 2000
let listener: (frame: unknown) => void = () => undefined
export const head = (): number => events
export function onEvent(handler: (frame: unknown) => void): void {
  listener = handler
}

function emit(name: string, ticketId?: string): void {
  events++
  listener({ type: 'event', id: events, name, ticket_id: ticketId, at: new Date().toISOString(), data: {} })
}

const permissions: Record<string, string[]> = {
  admin: ['tickets.read', 'tickets.work', 'replies.approve', 'library.read', 'library.edit', 'library.publish', 'accounts.manage', 'accounts.read', 'users.manage', 'users.read', 'operations.manage'],
  supervisor: ['tickets.read', 'tickets.work', 'replies.approve', 'library.read', 'library.edit', 'library.publish', 'accounts.read', 'users.read', 'operations.manage'],
  staff: ['tickets.read', 'tickets.work', 'library.read', 'library.edit', 'accounts.read', 'users.read'],
  liaison: ['tickets.read', 'library.read', 'escalations.answer'],
}

const ok = (json: unknown): Answer => ({ status: 200, json })
const none: Answer = { status: 204 }
const fault = (status: number, code: string, detail: string, extra: Body = {}): Answer => ({
  status,
  json: { status, code, title: code, detail, fields: [], ...extra },
})

const sessionOf = (user: User) => ({
  user: { id: user.id, username: user.username, name: user.name, role: user.role, department: user.department },
  permissions: permissions[user.role],
  csrf: 'made-up',
  server_time: new Date().toISOString(),
})

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

function suggest(text: string): Suggestion[] {
  const score = (entry: Entry) =>
    Array.from(new Set(text)).filter((c) => entry.question.includes(c) && !'的吗呀，？怎么要'.includes(c)).length
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
  if (Number(body.seen_event) < ticket.last_event) {
    return fault(409, 'conflict', '会话有新内容', { reason: 'thread_moved', last_event: ticket.last_event })
  }
  const reply: ReplyItem = {
    type: 'reply', id: `r${Date.now()}`, at: new Date().toISOString(), text: String(body.text),
    state: body.review ? 'in_review' : 'approved', origin: body.entry_id ? 'faq' : 'staff',
    author: { id: user.id, name: user.name }, sent_at: undefined, error: null, deliveries: [], reviewer: null,
  }
  items.push(reply)
  if (!body.review) {
    setTimeout(() => {
      reply.state = 'sent'
      reply.sent_at = new Date().toISOString()
      Object.assign(ticket, { state: 'replied', due_at: undefined })
      ticket.clocks.forEach((clock) => Object.assign(clock, { state: 'met', met_at: reply.sent_at }))
      emit('delivery.sent', id)
    }, 900)
  }
  emit('reply.created', id)
  return ok(reply)
}

/** For tests of live behaviour: a citizen writes. */
function citizen(body: Body): Answer {
  const ticket = body.ticket_id ? ticketOf(String(body.ticket_id)) : undefined
  const text = String(body.text ?? '请问这个怎么办理？')
  const message: TimelineItem = { type: 'message', id: `m${Date.now()}`, at: new Date().toISOString(), message_type: 'text', data: {}, attachments: [], text }
  if (ticket) {
    storyOf(ticket).push(message)
    Object.assign(ticket, { last_event: events + 1, unread: true, last_message_at: message.at, preview: text })
    emit('message.received', ticket.id)
    return ok(ticket)
  }
  const now = Date.now() - start
  const due = Number(body.due_minutes ?? 24 * 60) * minute
  const next: Ticket = {
    ...tickets[0]!, id: String(1000 + tickets.length), number: `20261122-${tickets.length + 1}`, state: 'new', subject: text, preview: text,
    priority: 'normal', tags: [], assignee: null, unread: true, created_at: iso(now), last_message_at: iso(now), updated_at: iso(now), due_at: iso(now + due),
    contact: { id: String(9000 + tickets.length), label: '粉丝 c0de' },
    clocks: [{ id: `c${tickets.length}`, name: 'first_reply', state: 'running', started_at: iso(now - (24 * hour - due)), due_at: iso(now + due), warned: 0 }],
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
  const state = { approve: 'sent', reject: 'rejected', resend: 'sent', cancel: 'cancelled', confirm: 'sent' }[what] as ReplyItem['state']
  Object.assign(found.reply, { state, error: null, review_reason: body.reason })
  emit(`reply.${what}`, found.ticket.id)
  return ok(found.reply)
}

const routes: [method: string, path: RegExp, handler: Handler][] = [
  ['GET', /^\/session$/, ({ user }) => ok(sessionOf(user))],
  ['DELETE', /^\/session$/, () => ({ ...none, headers: { 'Set-Cookie': 'desk_session=; Path=/; Max-Age=0' } })],
  ['POST', /^\/session\/password$/, ({ body }) => body.old === 'wrong' ? fault(422, 'invalid', '原密码不正确', { fields: [{ name: 'old', message: '原密码不正确' }] }) : none],
  ['GET', /^\/tickets$/, ({ query, user }) => list(query, user)],
  ['GET', /^\/tickets\/counts$/, ({ user }) => {
    const n = (view: string) => tickets.filter((ticket) => inView(ticket, view, user)).length
    return ok({ open: n('open'), mine: n('mine'), unassigned: n('unassigned'), due_soon: n('due_soon'), overdue: tickets.filter((t) => t.clocks[0]!.state === 'missed').length, in_review: tickets.filter((t) => t.state === 'in_review').length, failed: 2 })
  }],
  ['GET', /^\/tickets\/(\w+)$/, ({ params }) => {
    const ticket = ticketOf(params[0]!)
    if (!ticket) return fault(404, 'not_found', '没有这个工单')
    const window = ticket.kind === 'private' ? { until: iso(41 * hour), left: 3, open: true } : null
    return ok({ ...ticket, window, limits: ticket.kind === 'private' ? { max_bytes: 2048, max_runes: 0 } : { max_bytes: 0, max_runes: 600 } })
  }],
  ['GET', /^\/tickets\/(\w+)\/timeline$/, ({ params }) => {
    const ticket = ticketOf(params[0]!)
    return ticket ? ok({ items: storyOf(ticket), last_event: ticket.last_event }) : fault(404, 'not_found', '没有这个工单')
  }],
  ['GET', /^\/tickets\/(\w+)\/history$/, ({ params }) => {
    const me = ticketOf(params[0]!)
    return ok({ items: tickets.filter((t) => t.id !== me?.id && t.contact.id === me?.contact.id).slice(0, 20), next_cursor: '' })
  }],
  ['GET', /^\/tickets\/(\w+)\/suggestions$/, ({ params }) => {
    const subject = ticketOf(params[0]!)?.subject ?? ''
    return ok({ query: subject, items: suggest(subject) })
  }],
  ['POST', /^\/tickets\/(\w+)\/replies$/, ({ params, body, user }) => addReply(params[0]!, body, user)],
  ['POST', /^\/tickets\/(\w+)\/notes$/, ({ params, body, user }) => {
    const ticket = ticketOf(params[0]!)!
    const note: TimelineItem = { type: 'note', id: `n${Date.now()}`, at: new Date().toISOString(), text: String(body.text), author: { id: user.id, name: user.name } }
    storyOf(ticket).push(note)
    emit('note.added', ticket.id)
    return ok(note)
  }],
  ['POST', /^\/tickets\/(\w+)\/read$/, ({ params }) => {
    Object.assign(ticketOf(params[0]!)!, { unread: false })
    return none
  }],
  ['POST', /^\/tickets\/(\w+)\/assign$/, ({ params, body }) => {
    const user = users.find((u) => u.id === body.assignee_id)
    return change(params[0]!, { assignee: user ? { id: user.id, name: user.name } : null }, 'ticket.assigned')
  }],
  ['POST', /^\/tickets\/(\w+)\/close$/, ({ params }) => change(params[0]!, { state: 'closed' }, 'ticket.closed')],
  ['POST', /^\/tickets\/(\w+)\/reopen$/, ({ params }) => change(params[0]!, { state: 'open' }, 'ticket.reopened')],
  ['POST', /^\/tickets\/(\w+)\/ignore$/, ({ params, body }) => change(params[0]!, { state: 'ignored', closing_reason: String(body.reason) }, 'ticket.ignored')],
  ['POST', /^\/tickets\/(\w+)\/priority$/, ({ params, body }) => change(params[0]!, { priority: body.priority as Ticket['priority'] }, 'ticket.prioritized')],
  ['POST', /^\/tickets\/(\w+)\/tags$/, ({ params, body }) => change(params[0]!, { tags: body.tags as string[] }, 'ticket.tagged')],
  ['POST', /^\/tickets\/(\w+)\/escalations$/, ({ params, body }) => {
    const department = departments.find((d) => d.id === body.department_id)!
    return change(params[0]!, { state: 'with_department', department: { id: department.id, name: department.name } }, 'ticket.escalated')
  }],
  ['POST', /^\/replies\/([\w-]+)\/(approve|reject|resend|cancel|confirm)$/, ({ params, body }) => decide(params[0]!, params[1]!, body)],
  ['GET', /^\/accounts$/, () => ok({ items: accounts, next_cursor: '' })],
  ['POST', /^\/accounts$/, ({ body }) => {
    if (!String((body.settings as Body).app_id ?? '').startsWith('wx')) {
      return fault(422, 'invalid', '账号设置有误', { fields: [{ name: 'settings.app_id', message: 'AppID 以 wx 开头' }] })
    }
    const account = { ...accounts[0]!, ...body, id: String(accounts.length + 1), webhook_url: `https://desk.yunxiu.example/hooks/wechat/${accounts.length + 1}`, settings: { ...accounts[0]!.settings } } as Account
    accounts.push(account)
    return ok(account)
  }],
  ['PATCH', /^\/accounts\/(\w+)$/, ({ params, body }) => {
    const account = accounts.find((a) => a.id === params[0])!
    Object.assign(account, { ...body, settings: { ...account.settings, ...(body.settings as Body) } })
    return ok(account)
  }],
  ['POST', /^\/accounts\/(\w+)\/check$/, ({ params }) => params[0] === '4' ? fault(422, 'invalid', '微信返回 40125：AppSecret 不正确') : none],
  ['GET', /^\/users$/, () => ok({ items: users, next_cursor: '' })],
  ['POST', /^\/users$/, ({ body }) => {
    if (users.some((u) => u.username === body.username)) return fault(409, 'conflict', '用户名已被使用', { fields: [{ name: 'username', message: '用户名已被使用' }] })
    const user = { ...users[1]!, ...body, id: String(users.length + 1), last_seen_at: undefined } as User
    users.push(user)
    return ok(user)
  }],
  ['PATCH', /^\/users\/(\w+)$/, ({ params, body }) => ok(Object.assign(users.find((u) => u.id === params[0])!, body))],
  ['GET', /^\/departments$/, () => ok({ items: departments })],
  ['GET', /^\/faq\/facets$/, () => ok({ categories: [...new Set(entries.map((e) => e.category))], departments: [...new Set(entries.map((e) => e.department))] })],
  ['GET', /^\/faq\/search$/, ({ query }) => ok({ items: suggest(query.get('q') ?? '') })],
  ['GET', /^\/faq\/entries$/, ({ query }) => {
    const get = (name: string) => query.get(name) ?? ''
    const items = entries.filter((e) => (!get('q') || e.question.includes(get('q'))) && (!get('state') || e.state === get('state')) && (!get('category') || e.category === get('category')) && (!get('department') || e.department === get('department')))
    return ok({ items, next_cursor: '' })
  }],
  ['POST', /^\/faq\/entries$/, ({ body }) => {
    if (!body.answer) return fault(422, 'invalid', '答案不能为空', { fields: [{ name: 'answer', message: '答案不能为空' }] })
    const entry = { ...entries[0]!, ...body, id: String(entries.length + 1), state: 'draft', current: false, revision: 1, uses: 0 } as Entry
    entries.push(entry)
    return ok(entry)
  }],
  ['GET', /^\/faq\/entries\/(\w+)$/, ({ params }) => {
    const entry = entries.find((e) => e.id === params[0])
    return entry ? ok(entry) : fault(404, 'not_found', '没有这个条目')
  }],
  ['PATCH', /^\/faq\/entries\/(\w+)$/, ({ params, body }) => {
    const entry = entries.find((e) => e.id === params[0])!
    if (body.revision !== entry.revision) return fault(409, 'conflict', '条目已被修改', { reason: 'entry_changed' })
    return ok(Object.assign(entry, body, { revision: entry.revision + 1 }))
  }],
  ['POST', /^\/faq\/entries\/(\w+)\/(publish|retire|withdraw)$/, ({ params }) => {
    const entry = entries.find((e) => e.id === params[0])!
    return ok(Object.assign(entry, { state: { publish: 'published', retire: 'retired', withdraw: 'draft' }[params[1]!], current: params[1] === 'publish' }))
  }],
  ['GET', /^\/faq\/entries\/(\w+)\/revisions$/, ({ params }) => {
    const entry = entries.find((e) => e.id === params[0])!
    return ok({ items: Array.from({ length: entry.revision }, (_, i) => ({ ...entry, revision: entry.revision - i, at: iso(-i * 40 * 24 * hour - 5 * hour), by: { id: '3', name: i % 2 ? '李敏' : '王涛' } })) })
  }],
  ['POST', /^\/faq\/import$/, () => ok({ created: 12, updated: 3, unchanged: 140, errors: [{ row: 7, message: '问题不能为空' }, { row: 31, message: '失效日期早于生效日期' }] })],
  ['GET', /^\/operations\/dead$/, () => ok({
    replies: storyOf(tickets[0]!).filter((i) => i.type === 'reply' && ['failed', 'unknown'].includes(i.state)).map((reply) => ({ reply, ticket: { id: '100', number: tickets[0]!.number, subject: tickets[0]!.subject } })),
    payloads: [{ id: '7', account: { id: '2', name: '云岫交警' }, received_at: iso(-5 * hour), error: '无法解析：第 1 行缺少 </xml>' }],
    tasks: [{ id: '31', kind: 'media.fetch', key: '8841', attempts: 12, last_error: '素材已过期 (40007)', at: iso(-26 * hour) }],
  })],
  ['POST', /^\/operations\/(payloads|tasks)\/(\w+)\/(replay|retry)$/, () => none],
  ['GET', /^\/media\/1$/, () => ({ status: 200, raw: picture, headers: { 'Content-Type': 'image/svg+xml' } })],
  ['POST', /^\/mock\/citizen$/, ({ body }) => citizen(body)],
]

export function answer(method: string, url: URL, text: string, cookie: string): Answer {
  const path = url.pathname.replace('/api/v1', '')
  const body = (text.startsWith('{') ? JSON.parse(text) : {}) as Body
  if (method === 'POST' && path === '/session') {
    const user = users.find((u) => u.username === body.username)
    if (!user || body.password !== 'demo') return fault(401, 'unauthenticated', '用户名或密码不正确')
    return { ...ok(sessionOf(user)), headers: { 'Set-Cookie': `desk_session=${user.id}; Path=/; SameSite=Lax` } }
  }
  const id = /desk_session=(\w+)/.exec(cookie)?.[1]
  const user = users.find((u) => u.id === id)
  if (!user) return fault(401, 'unauthenticated', '请登录')
  for (const [verb, pattern, handler] of routes) {
    const match = verb === method ? pattern.exec(path) : null
    if (match) return handler({ params: match.slice(1), query: url.searchParams, body, user })
  }
  return fault(404, 'not_found', `${method} ${path}`)
}
