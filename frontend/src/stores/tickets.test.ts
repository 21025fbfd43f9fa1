import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Ticket } from '@/api/tickets'
import { at, makeSession, makeTicket } from '@/testing/make'
import { fakeServer, flush, later, Problem } from '@/testing/server'
import { useSession } from './session'
import { useTickets } from './tickets'

const due = (hour: number) => ({ due_at: at(`${String(hour).padStart(2, '0')}:00:00`) })
const page = (items: Ticket[], next = '') => ({ items, next_cursor: next })
const ids = (tickets: readonly Ticket[]) => tickets.map((ticket) => ticket.id)

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse(at('05:00:00')) })
  setActivePinia(createPinia())
  useSession().current = makeSession()
})
afterEach(() => void vi.useRealTimers())

/** Three rows due at 8, 12 and 16 o'clock. */
async function loaded(next = '') {
  const server = fakeServer({
    'GET /tickets': page(
      [makeTicket('1', due(8)), makeTicket('2', due(12)), makeTicket('3', due(16))],
      next,
    ),
  })
  const tickets = useTickets()
  await tickets.load({ view: 'open' })
  return { server, tickets }
}

/** An event about a ticket arrives and its new state is fetched. */
async function changed(server: ReturnType<typeof fakeServer>, ticket: Ticket) {
  server.on(`GET /tickets/${ticket.id}`, ticket)
  useTickets().touch(ticket.id)
  await vi.advanceTimersByTimeAsync(200)
}

describe('the ticket list', () => {
  it('loads the first page by urgency and the next by cursor, without doubles', async () => {
    const { server, tickets } = await loaded('next')
    expect(server.last('GET /tickets')?.query.get('sort')).toBe('due')
    server.on('GET /tickets', page([makeTicket('3', due(16)), makeTicket('4', due(20))]))
    await tickets.more()
    expect(server.last('GET /tickets')?.query.get('cursor')).toBe('next')
    expect(ids(tickets.items)).toEqual(['1', '2', '3', '4'])
    expect(tickets.hasMore).toBe(false)
    await tickets.more()
    expect(server.count('GET /tickets')).toBe(2)
  })

  it('drops a late answer to an older filter', async () => {
    const slow = later<unknown>()
    const server = fakeServer({ 'GET /tickets': () => slow.promise })
    const tickets = useTickets()
    const first = tickets.load({ view: 'open' })
    server.on('GET /tickets', page([makeTicket('9')]))
    await tickets.load({ view: 'mine' })
    slow.resolve(page([makeTicket('1')]))
    await first
    await flush()
    expect(ids(tickets.items)).toEqual(['9'])
    expect(tickets.status).toBe('ready')
  })

  it('shows a failure and keeps the rows when only a refresh fails', async () => {
    const { server, tickets } = await loaded()
    server.on('GET /tickets', new Problem(503, { code: 'unavailable' }))
    await tickets.refresh()
    expect([tickets.status, tickets.items.length]).toEqual(['ready', 3])
    await tickets.load({ view: 'mine' })
    expect([tickets.status, tickets.items.length]).toEqual(['error', 0])
  })

  it('updates a row where it stands, without moving it', async () => {
    const { server, tickets } = await loaded()
    await changed(server, makeTicket('1', { ...due(23), subject: '改了' }))
    expect(ids(tickets.items)).toEqual(['1', '2', '3'])
    expect(tickets.items[0]?.subject).toBe('改了')
  })

  it('puts a new row in its place while nothing is looked at', async () => {
    const { server, tickets } = await loaded()
    await changed(server, makeTicket('4', due(10)))
    expect(ids(tickets.items)).toEqual(['1', '4', '2', '3'])
    expect(tickets.fresh.has('4')).toBe(true)
  })

  it('moves nothing above the pointer: the row waits behind the pill', async () => {
    const { server, tickets } = await loaded()
    tickets.setAnchor(1)
    await changed(server, makeTicket('4', due(10)))
    expect(ids(tickets.items)).toEqual(['1', '2', '3'])
    expect([...tickets.waiting]).toEqual(['4'])
  })

  it('still adds a row below the pointer', async () => {
    const { server, tickets } = await loaded()
    tickets.setAnchor(1)
    await changed(server, makeTicket('4', due(20)))
    expect(ids(tickets.items)).toEqual(['1', '2', '3', '4'])
    expect(tickets.waiting.size).toBe(0)
  })

  it('leaves rows of later pages to their page', async () => {
    const { server, tickets } = await loaded('next')
    await changed(server, makeTicket('4', due(20)))
    expect(ids(tickets.items)).toEqual(['1', '2', '3'])
    expect(tickets.waiting.size).toBe(0)
  })

  it('shows what waited after a refresh', async () => {
    const { server, tickets } = await loaded()
    tickets.setAnchor(2)
    await changed(server, makeTicket('4', due(1)))
    server.on('GET /tickets', page([makeTicket('4', due(1)), makeTicket('1', due(8))]))
    await tickets.refresh()
    expect(ids(tickets.items)).toEqual(['4', '1'])
    expect(tickets.waiting.size).toBe(0)
  })

  it('keeps a row that no longer belongs until the pointer has left', async () => {
    const { server, tickets } = await loaded()
    await changed(server, makeTicket('2', { ...due(12), state: 'closed' }))
    expect(ids(tickets.items)).toEqual(['1', '2', '3'])
    expect(tickets.leaving.has('2')).toBe(true)
    tickets.settle('2')
    expect(ids(tickets.items)).toEqual(['1', '2', '3'])
    tickets.settle('')
    expect(ids(tickets.items)).toEqual(['1', '3'])
  })

  it('ignores news of tickets that do not belong here', async () => {
    const { server, tickets } = await loaded()
    await changed(server, makeTicket('4', { state: 'closed' }))
    expect(ids(tickets.items)).toEqual(['1', '2', '3'])
    expect(tickets.waiting.size).toBe(0)
  })

  it('takes a row out that may no longer be seen', async () => {
    const { server, tickets } = await loaded()
    server.on('GET /tickets/2', new Problem(404, { code: 'not_found' }))
    tickets.touch('2')
    await vi.advanceTimersByTimeAsync(200)
    expect(ids(tickets.items)).toEqual(['1', '3'])
  })

  it('asks once for a ticket with many events, and for the list when many tickets changed', async () => {
    const { server, tickets } = await loaded()
    server.on('GET /tickets/1', makeTicket('1', due(8)))
    for (let i = 0; i < 10; i++) tickets.touch('1')
    await vi.advanceTimersByTimeAsync(200)
    expect(server.count('GET /tickets/1')).toBe(1)
    for (let i = 0; i < 50; i++) tickets.touch(String(100 + i))
    await vi.advanceTimersByTimeAsync(200)
    expect(server.calls.filter((c) => /tickets\/1\d\d$/.test(c.path))).toEqual([])
    expect(server.count('GET /tickets')).toBe(2)
  })
})

describe('what came in', () => {
  const news = (id: string, hour: number) => makeTicket(id, { ...due(hour), unread: true })

  it('is told until it was in sight, and marked until it was opened', async () => {
    const { server, tickets } = await loaded()
    await changed(server, news('4', 20))
    expect(ids(tickets.items)).toEqual(['1', '2', '3', '4'])
    expect([...tickets.news]).toEqual(['4'])
    expect(tickets.arrived.has('4')).toBe(true)
    tickets.saw(['1', '4'])
    expect(tickets.news.size).toBe(0)
    expect(tickets.arrived.has('4')).toBe(true)
    await changed(server, makeTicket('4', { ...due(20), unread: false }))
    expect(tickets.arrived.size).toBe(0)
  })

  it('leaves out what the person knows already', async () => {
    const { server, tickets } = await loaded()
    await changed(server, makeTicket('4', due(20)))
    expect(ids(tickets.items)).toEqual(['1', '2', '3', '4'])
    expect(tickets.news.size).toBe(0)
  })

  it('is told from pages not loaded yet, which are loaded to show it', async () => {
    const { server, tickets } = await loaded('next')
    await changed(server, news('9', 23))
    expect(ids(tickets.items)).toEqual(['1', '2', '3'])
    expect([...tickets.news]).toEqual(['9'])
    server.on('GET /tickets', page([makeTicket('4', due(20)), news('9', 23)]))
    expect(await tickets.bringNews()).toBe('9')
    expect(ids(tickets.items)).toEqual(['1', '2', '3', '4', '9'])
    expect(tickets.arrived.has('9')).toBe(true)
  })

  it('that waits is brought in, marked, and the first of it named', async () => {
    const { server, tickets } = await loaded()
    tickets.setAnchor(1)
    await changed(server, news('4', 9))
    expect(ids(tickets.items)).toEqual(['1', '2', '3'])
    expect([...tickets.news]).toEqual(['4'])
    server.on('GET /tickets', page([makeTicket('1', due(8)), news('4', 9), makeTicket('2', due(12))]))
    expect(await tickets.bringNews()).toBe('4')
    expect(tickets.arrived.has('4')).toBe(true)
  })

  it('is forgotten when somebody else took it, or under another filter', async () => {
    const { server, tickets } = await loaded('next')
    await changed(server, news('9', 23))
    await changed(server, makeTicket('9', { state: 'closed', unread: true }))
    expect(tickets.news.size).toBe(0)
    await changed(server, news('8', 22))
    server.on('GET /tickets', page([]))
    await tickets.load({ view: 'mine' })
    expect(tickets.news.size + tickets.arrived.size).toBe(0)
  })

  it('gives up when it is nowhere to be found', async () => {
    const { server, tickets } = await loaded('next')
    await changed(server, news('9', 23))
    server.on('GET /tickets', page([makeTicket('4', due(20))]))
    expect(await tickets.bringNews()).toBeUndefined()
    expect(tickets.news.size).toBe(0)
  })
})
