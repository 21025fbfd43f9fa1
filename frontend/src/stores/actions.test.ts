import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { makeSession, makeTicket } from '@/testing/make'
import { fakeServer, flush, later, Problem } from '@/testing/server'
import { useActions } from './actions'
import { useSession } from './session'
import { useTickets } from './tickets'
import { useToasts } from './toasts'

const ticket = makeTicket('7')

beforeEach(() => {
  setActivePinia(createPinia())
  useSession().current = makeSession()
})

async function listed(routes: Record<string, unknown>) {
  const server = fakeServer({ 'GET /tickets': { items: [ticket], next_cursor: '' }, ...routes })
  await useTickets().load({ view: 'open' })
  return server
}

describe('actions', () => {
  it('show at once and take the server’s answer', async () => {
    const answer = later<unknown>()
    await listed({ 'POST /tickets/7/assign': () => answer.promise })
    const done = useActions().assign(ticket, { id: '3', name: '李敏' })
    expect(useTickets().items[0]?.assignee?.name).toBe('李敏')
    answer.resolve({ ...ticket, assignee: { id: '3', name: '李敏' }, state: 'open' })
    expect(await done).toBe(true)
    expect(useTickets().items[0]?.state).toBe('open')
  })

  it('take back what the server refused, and say why', async () => {
    await listed({ 'POST /tickets/7/close': new Problem(403, { code: 'forbidden' }) })
    expect(await useActions().close(ticket)).toBe(false)
    expect(useTickets().items[0]?.state).toBe('new')
    expect(useToasts().items[0]?.tone).toBe('error')
  })

  it('offer an undo', async () => {
    const server = await listed({
      'POST /tickets/7/close': { ...ticket, state: 'closed' },
      'POST /tickets/7/undo': ticket,
    })
    await useActions().close(ticket)
    expect(useToasts().undoLast()).toBe(true)
    await flush()
    expect(server.count('POST /tickets/7/undo')).toBe(1)
    expect(useTickets().items[0]?.state).toBe('new')
  })

  it('leave a ticket ended when the undo is refused, and say why', async () => {
    await listed({
      'POST /tickets/7/ignore': { ...ticket, state: 'ignored' },
      'POST /tickets/7/undo': new Problem(409, { code: 'conflict', reason: 'undo_moved' }),
    })
    await useActions().ignore(ticket, '广告')
    useToasts().undoLast()
    await flush()
    expect(useTickets().items[0]?.state).toBe('ignored')
    expect(useToasts().items.at(-1)?.text).toContain('不能撤销')
  })

  it('undo an assignment by giving it back to whom it was', async () => {
    const server = await listed({ 'POST /tickets/7/assign': ticket })
    await useActions().assign(makeTicket('7', { assignee: { id: '4', name: '张伟' } }), {
      id: '3',
      name: '李敏',
    })
    useToasts().undoLast()
    await flush()
    expect(server.last('POST /tickets/7/assign')?.body).toEqual({ assignee_id: '4' })
    // The undo itself offers none, or two keys would go round for ever.
    expect(useToasts().undoLast()).toBe(false)
  })

  it('undo a change of tags by putting back those it had', async () => {
    const server = await listed({ 'POST /tickets/7/tags': ticket })
    await useActions().tag(makeTicket('7', { tags: ['户籍'] }), ['热点'])
    expect(useToasts().undoLast()).toBe(true)
    await flush()
    expect(server.last('POST /tickets/7/tags')?.body).toEqual({ tags: ['户籍'] })
    expect(useToasts().undoLast()).toBe(false)
  })
})
