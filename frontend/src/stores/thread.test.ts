import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TimelineItem } from '@/api/timeline'
import { makeMessage, makeReply, makeSession, makeTicket } from '@/testing/make'
import { fakeServer, flush, later, Problem } from '@/testing/server'
import { useSession } from './session'
import { useThread } from './thread'

const line = (items: TimelineItem[], last: number) => ({ items, last_event: last })
const suggestion = (id: string) => ({
  entry_id: id,
  revision: 1,
  question: '',
  answer: '答案',
  score: 1,
  confidence: 0.9,
})
const first = makeMessage('1')
const second = makeMessage('2', { text: '还有一个问题' })
const byColleague = makeReply('8', { author: { id: '4', name: '张伟' } })

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
  useSession().current = makeSession()
})
afterEach(() => void vi.useRealTimers())

async function opened() {
  const server = fakeServer({
    'GET /tickets/7': makeTicket('7'),
    'GET /tickets/7/timeline': line([first], 10),
    'GET /tickets/7/suggestions': { items: [suggestion('1')] },
    'POST /tickets/7/read': null,
  })
  const thread = useThread()
  await thread.open('7')
  await flush()
  return { server, thread }
}

/** Something happened; the thread hears of it and loads. */
async function happened(
  server: ReturnType<typeof fakeServer>,
  items: TimelineItem[],
  last: number,
) {
  server.on('GET /tickets/7/timeline', line(items, last))
  useThread().touch('7')
  await vi.advanceTimersByTimeAsync(200)
}

describe('the open thread', () => {
  it('loads head, timeline and suggestions', async () => {
    const { thread } = await opened()
    expect([thread.status, thread.items.length, thread.suggestions.length]).toEqual(['ready', 1, 1])
    expect(thread.seenEvent).toBe(10)
  })

  it('keeps why the suggestions did not come', async () => {
    const { server, thread } = await opened()
    server.on('GET /tickets/7/suggestions', new Problem(404, { code: 'not_found' }))
    await thread.retrySuggestions()
    expect(thread.suggestionStatus).toBe('error')
    expect(thread.suggestionError).toMatchObject({ code: 'not_found' })
  })

  it('drops the answers for a ticket that was left', async () => {
    const slow = later<unknown>()
    const server = fakeServer({
      'GET /tickets/7': () => slow.promise,
      'GET /tickets/7/timeline': line([first], 10),
      'GET /tickets/8': makeTicket('8'),
      'GET /tickets/8/timeline': line([], 20),
    })
    server.on('GET /tickets/8/suggestions', { items: [] })
    const thread = useThread()
    const left = thread.open('7')
    await thread.open('8')
    slow.resolve(makeTicket('7'))
    await left
    expect([thread.id, thread.ticket?.id, thread.lastEvent]).toEqual(['8', '8', 20])
  })

  it('shows a failure and recovers by retry', async () => {
    const server = fakeServer({ 'GET /tickets/7': new Problem(503, { code: 'unavailable' }) })
    const thread = useThread()
    await thread.open('7')
    expect(thread.status).toBe('error')
    server.on('GET /tickets/7', makeTicket('7'))
    server.on('GET /tickets/7/timeline', line([first], 10))
    await thread.retry()
    expect(thread.status).toBe('ready')
  })

  it('marks an unread ticket as read up to what is shown', async () => {
    const { server, thread } = await opened()
    server.on('GET /tickets/7', makeTicket('7', { unread: true }))
    await happened(server, [first, second], 12)
    expect(server.last('POST /tickets/7/read')?.body).toEqual({ event: 12 })
    expect(thread.ticket?.unread).toBe(false)
  })

  it('asks for suggestions again when the citizen wrote', async () => {
    const { server } = await opened()
    await happened(server, [first, byColleague], 11)
    expect(server.count('GET /tickets/7/suggestions')).toBe(1)
    await happened(server, [first, byColleague, second], 12)
    expect(server.count('GET /tickets/7/suggestions')).toBe(2)
  })

  it('never lets an older timeline replace a newer one', async () => {
    const { server, thread } = await opened()
    await happened(server, [first, second], 12)
    await happened(server, [first], 10)
    expect(thread.items.length).toBe(2)
  })
})

describe('what was seen', () => {
  it('moves on while nothing is written', async () => {
    const { server, thread } = await opened()
    await happened(server, [first, second], 12)
    expect([thread.seenEvent, thread.moved.length]).toEqual([12, 0])
  })

  it('stands still when the citizen writes or a colleague answers meanwhile', async () => {
    for (const news of [second, byColleague]) {
      setActivePinia(createPinia())
      useSession().current = makeSession()
      const { server, thread } = await opened()
      thread.setWriting(true)
      await happened(server, [first, news], 12)
      expect([thread.seenEvent, thread.moved]).toEqual([10, [news]])
    }
  })

  it('moves on past notes and marks, which change no answer', async () => {
    const { server, thread } = await opened()
    thread.setWriting(true)
    const mark: TimelineItem = {
      type: 'event',
      id: 'e',
      at: first.at,
      name: 'clock.warned',
      actor: null,
      data: {},
    }
    await happened(server, [first, mark], 12)
    expect([thread.seenEvent, thread.moved.length]).toEqual([12, 0])
  })

  it('sends with the number seen, and with the newest after a yes', async () => {
    const { server, thread } = await opened()
    thread.setWriting(true)
    await happened(server, [first, second], 12)
    server.on(
      'POST /tickets/7/replies',
      new Problem(409, { code: 'conflict', reason: 'thread_moved', last_event: 12 }),
    )
    await expect(thread.send({ text: '您好' })).rejects.toMatchObject({ reason: 'thread_moved' })
    expect(server.last('POST /tickets/7/replies')?.body).toMatchObject({ seen_event: 10 })
    expect(thread.moved).toEqual([second])
    thread.confirmMoved()
    server.on('POST /tickets/7/replies', makeReply('9', { text: '您好' }))
    await thread.send({ text: '您好' })
    expect(server.last('POST /tickets/7/replies')?.body).toMatchObject({ seen_event: 12 })
  })

  it('shows the news when only the server knew them', async () => {
    const { server, thread } = await opened()
    thread.setWriting(true)
    server.on('GET /tickets/7/timeline', line([first, byColleague], 12))
    server.on(
      'POST /tickets/7/replies',
      new Problem(409, { code: 'conflict', reason: 'thread_moved', last_event: 12 }),
    )
    await expect(thread.send({ text: '您好' })).rejects.toThrow()
    expect(thread.moved).toEqual([byColleague])
    expect(thread.seenEvent).toBe(10)
  })

  it('shows an own reply at once and does not take it for news', async () => {
    const { server, thread } = await opened()
    thread.setWriting(true)
    const mine = makeReply('9')
    server.on('POST /tickets/7/replies', mine)
    await thread.send({ text: mine.text })
    expect(thread.items).toEqual([first, mine])
    await happened(server, [first, { ...mine, state: 'sent' }], 13)
    expect(thread.moved).toEqual([])
    expect(thread.items).toHaveLength(2)
    expect(thread.seenEvent).toBe(13)
  })
})
