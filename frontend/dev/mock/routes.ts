// Everything else of the made-up server, and who may ask.
import type { Account } from '../../src/api/accounts.ts'
import type { Entry } from '../../src/api/faq.ts'
import type { User } from '../../src/api/users.ts'
import { citizen, inboxRoutes, suggest } from './inbox.ts'
import { entries } from './library.ts'
import { picture } from './picture.ts'
import { fault, none, ok, type Answer, type Body, type Route } from './wire.ts'
import { accounts, departments, hour, iso, storyOf, tickets, users } from './world.ts'

const permissions: Record<string, string[]> = {
  admin: [
    'tickets.read',
    'tickets.work',
    'replies.approve',
    'library.read',
    'library.edit',
    'library.publish',
    'accounts.manage',
    'accounts.read',
    'users.manage',
    'users.read',
    'operations.manage',
  ],
  supervisor: [
    'tickets.read',
    'tickets.work',
    'replies.approve',
    'library.read',
    'library.edit',
    'library.publish',
    'accounts.read',
    'users.read',
    'operations.manage',
  ],
  staff: [
    'tickets.read',
    'tickets.work',
    'library.read',
    'library.edit',
    'accounts.read',
    'users.read',
  ],
  liaison: ['tickets.read', 'library.read', 'escalations.answer'],
}

const sessionOf = (user: User) => ({
  user: {
    id: user.id,
    username: user.username,
    name: user.name,
    role: user.role,
    department: user.department,
  },
  permissions: permissions[user.role],
  csrf: 'made-up',
  features: { drafts: false },
  server_time: new Date().toISOString(),
})

const routes: Route[] = [
  ...inboxRoutes,
  ['GET', /^\/session$/, ({ user }) => ok(sessionOf(user))],
  [
    'DELETE',
    /^\/session$/,
    () => ({ ...none, headers: { 'Set-Cookie': 'desk_session=; Path=/; Max-Age=0' } }),
  ],
  [
    'POST',
    /^\/session\/password$/,
    ({ body }) =>
      body.old === 'wrong'
        ? fault(422, 'invalid', '原密码不正确', {
            fields: [{ name: 'old', message: '原密码不正确' }],
          })
        : none,
  ],
  ['GET', /^\/accounts$/, () => ok({ items: accounts, next_cursor: '' })],
  [
    'POST',
    /^\/accounts$/,
    ({ body }) => {
      if (!String((body.settings as Body).app_id ?? '').startsWith('wx')) {
        return fault(422, 'invalid', '账号设置有误', {
          fields: [{ name: 'settings.app_id', message: 'AppID 以 wx 开头' }],
        })
      }
      const account = {
        ...accounts[0]!,
        ...body,
        id: String(accounts.length + 1),
        webhook_url: `https://desk.yunxiu.example/hooks/wechat/${accounts.length + 1}`,
        settings: { ...accounts[0]!.settings },
      } as Account
      accounts.push(account)
      return ok(account)
    },
  ],
  [
    'PATCH',
    /^\/accounts\/(\w+)$/,
    ({ params, body }) => {
      const account = accounts.find((a) => a.id === params[0])!
      Object.assign(account, {
        ...body,
        settings: { ...account.settings, ...(body.settings as Body) },
      })
      return ok(account)
    },
  ],
  [
    'POST',
    /^\/accounts\/(\w+)\/check$/,
    ({ params }) =>
      params[0] === '4' ? fault(422, 'invalid', '微信返回 40125：AppSecret 不正确') : none,
  ],
  ['GET', /^\/users$/, () => ok({ items: users, next_cursor: '' })],
  [
    'POST',
    /^\/users$/,
    ({ body }) => {
      if (users.some((u) => u.username === body.username))
        return fault(409, 'conflict', '用户名已被使用', {
          fields: [{ name: 'username', message: '用户名已被使用' }],
        })
      const user = {
        ...users[1]!,
        ...body,
        id: String(users.length + 1),
        last_seen_at: undefined,
      } as User
      users.push(user)
      return ok(user)
    },
  ],
  [
    'PATCH',
    /^\/users\/(\w+)$/,
    ({ params, body }) => ok(Object.assign(users.find((u) => u.id === params[0])!, body)),
  ],
  ['GET', /^\/departments$/, () => ok({ items: departments })],
  [
    'GET',
    /^\/faq\/facets$/,
    () =>
      ok({
        categories: [...new Set(entries.map((e) => e.category))],
        departments: [...new Set(entries.map((e) => e.department))],
        four_eyes: true,
      }),
  ],
  ['GET', /^\/faq\/counts$/, () => ok({ in_review: 0, rejected: 0, scheduled: 0, expiring: 1 })],
  [
    'POST',
    /^\/faq\/preview$/,
    ({ body }) =>
      ok({
        text: body.answer,
        size: 0,
        most: 0,
        left_out: [],
        menu: body.question ? `请回复序号：\n1. ${String(body.question)}` : '',
        served: true,
      }),
  ],
  [
    'POST',
    /^\/faq\/entries\/bulk$/,
    ({ body }) => {
      const items = (body.entries as { id: string }[]).map(({ id }, i) =>
        i % 3 === 2
          ? { id, entry: null, code: 'conflict', reason: 'entry_changed', message: '条目已被他人修改' }
          : { id, entry: entries.find((e) => e.id === id) },
      )
      const done = items.filter(({ entry }) => entry).length
      return ok({ done, refused: items.length - done, items })
    },
  ],
  ['POST', /^\/faq\/similar$/, () => ok({ items: [], next_cursor: '' })],
  ['GET', /^\/faq\/entries\/(\w+)\/files$/, () => ok({ items: [], next_cursor: '' })],
  ['GET', /^\/faq\/entries\/(\w+)\/compare$/, () => ok({ changes: [] })],
  ['GET', /^\/faq\/search$/, ({ query }) => ok({ items: suggest(query.get('q') ?? '') })],
  [
    'GET',
    /^\/faq\/entries$/,
    ({ query }) => {
      const get = (name: string) => query.get(name) ?? ''
      const items = entries.filter(
        (e) =>
          (!get('q') || e.question.includes(get('q'))) &&
          (!get('state') || e.state === get('state')) &&
          (!get('category') || e.category === get('category')) &&
          (!get('department') || e.department === get('department')),
      )
      return ok({ items, next_cursor: '' })
    },
  ],
  [
    'POST',
    /^\/faq\/entries$/,
    ({ body }) => {
      if (!body.answer)
        return fault(422, 'invalid', '答案不能为空', {
          fields: [{ name: 'answer', message: '答案不能为空' }],
        })
      const entry = {
        ...entries[0]!,
        ...body,
        id: String(entries.length + 1),
        state: 'draft',
        current: false,
        revision: 1,
        uses: 0,
      } as Entry
      entries.push(entry)
      return ok(entry)
    },
  ],
  [
    'GET',
    /^\/faq\/entries\/(\w+)$/,
    ({ params }) => {
      const entry = entries.find((e) => e.id === params[0])
      return entry ? ok(entry) : fault(404, 'not_found', '没有这个条目')
    },
  ],
  [
    'PATCH',
    /^\/faq\/entries\/(\w+)$/,
    ({ params, body }) => {
      const entry = entries.find((e) => e.id === params[0])!
      if (body.revision !== entry.revision)
        return fault(409, 'conflict', '条目已被修改', { reason: 'entry_changed' })
      return ok(Object.assign(entry, body, { revision: entry.revision + 1 }))
    },
  ],
  [
    'POST',
    /^\/faq\/entries\/(\w+)\/(publish|retire|withdraw)$/,
    ({ params }) => {
      const entry = entries.find((e) => e.id === params[0])!
      return ok(
        Object.assign(entry, {
          state: { publish: 'published', retire: 'retired', withdraw: 'draft' }[params[1]!],
          current: params[1] === 'publish',
        }),
      )
    },
  ],
  [
    'GET',
    /^\/faq\/entries\/(\w+)\/revisions$/,
    ({ params }) => {
      const entry = entries.find((e) => e.id === params[0])!
      return ok({
        items: Array.from({ length: entry.revision }, (_, i) => ({
          ...entry,
          revision: entry.revision - i,
          at: iso(-i * 40 * 24 * hour - 5 * hour),
          by: { id: '3', name: i % 2 ? '李敏' : '王涛' },
          reviewer: null,
        })),
      })
    },
  ],
  [
    'POST',
    /^\/faq\/import$/,
    () =>
      ok({
        created: 12,
        updated: 3,
        unchanged: 140,
        in_review: 3,
        changes: [],
        errors: [
          { row: 7, message: '问题不能为空' },
          { row: 31, message: '失效日期早于生效日期' },
        ],
      }),
  ],
  [
    'GET',
    /^\/operations\/dead$/,
    () =>
      ok({
        replies: storyOf(tickets[0]!)
          .filter((i) => i.type === 'reply' && ['failed', 'unknown'].includes(i.state))
          .map((reply) => ({
            reply,
            ticket: { id: '100', number: tickets[0]!.number, subject: tickets[0]!.subject },
          })),
        payloads: [
          {
            id: '7',
            account: { id: '2', name: '云岫交警' },
            received_at: iso(-5 * hour),
            error: '无法解析：第 1 行缺少 </xml>',
          },
        ],
        tasks: [
          {
            id: '31',
            kind: 'media.fetch',
            key: '8841',
            attempts: 12,
            last_error: '素材已过期 (40007)',
            at: iso(-26 * hour),
          },
        ],
      }),
  ],
  ['POST', /^\/operations\/(payloads|tasks)\/(\w+)\/(replay|retry)$/, () => none],
  [
    'GET',
    /^\/media\/1$/,
    () => ({ status: 200, raw: picture, headers: { 'Content-Type': 'image/svg+xml' } }),
  ],
  ['POST', /^\/mock\/citizen$/, ({ body }) => citizen(body)],
]

export function answer(method: string, url: URL, text: string, cookie: string): Answer {
  const path = url.pathname.replace('/api/v1', '')
  const body = (text.startsWith('{') ? JSON.parse(text) : {}) as Body
  if (method === 'POST' && path === '/session') {
    const user = users.find((u) => u.username === body.username)
    if (!user || body.password !== 'demo')
      return fault(401, 'unauthenticated', '用户名或密码不正确')
    return {
      ...ok(sessionOf(user)),
      headers: { 'Set-Cookie': `desk_session=${user.id}; Path=/; SameSite=Lax` },
    }
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
