import { beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeServer, later, Problem } from '@/testing/server'
import { allPages, answer, api, ApiError, isAbort, sender, setCsrf, whenSignedOut } from './client'
import { importEntries } from './faq'
import { getSession, signIn, signOut } from './session'
import { close, getTicket, listTickets, markRead, ticketCounts } from './tickets'

beforeEach(() => setCsrf(''))

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('a call', () => {
  it('sends JSON, with the CSRF value on writes only', async () => {
    const server = fakeServer({ 'POST /tickets/7/read': null, 'GET /tickets/counts': {} })
    setCsrf('token-of-test')
    await markRead('7', 12)
    await ticketCounts()
    expect(server.calls.map((c) => c.headers.get('X-Desk-CSRF'))).toEqual(['token-of-test', null])
    expect(server.calls[0]?.body).toEqual({ event: 12 })
  })

  it('reads a problem', async () => {
    fakeServer({
      'POST /tickets/7/close': new Problem(
        409,
        { code: 'conflict', reason: 'reply_under_way', detail: '还有答复正在发送' },
        { 'Retry-After': '7' },
      ),
    })
    const error = (await failure(close('7', ''))) as ApiError
    expect(error).toBeInstanceOf(ApiError)
    expect([error.code, error.reason, error.detail, error.status, error.retryAfter]).toEqual([
      'conflict',
      'reply_under_way',
      '还有答复正在发送',
      409,
      7,
    ])
  })

  it('makes a code of a status when a proxy answers', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('<html>', { status: 502 })))
    expect(((await failure(ticketCounts())) as ApiError).code).toBe('unavailable')
  })

  it('tells a lost network from an abort of the caller and from a time limit', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')))
    expect(((await failure(ticketCounts())) as ApiError).code).toBe('network')
    const gone = later<unknown>()
    fakeServer({ 'GET /tickets/7': () => gone.promise, 'GET /tickets/counts': () => gone.promise })
    const abort = new AbortController()
    const aborted = failure(getTicket('7', abort.signal))
    abort.abort()
    expect(isAbort(await aborted)).toBe(true)
    const late = failure(answer(api.GET('/api/v1/tickets/counts', { fetch: sender(1) })))
    expect(((await late) as ApiError).code).toBe('timeout')
  })

  it('says when a session ended, but not for a wrong password', async () => {
    const ended = vi.fn()
    whenSignedOut(ended)
    const problem = new Problem(401, { code: 'unauthenticated' })
    fakeServer({
      'GET /tickets/counts': problem,
      'POST /session': problem,
      'GET /session': problem,
    })
    await failure(signIn('limin', 'wrong'))
    await failure(getSession())
    expect(ended).not.toHaveBeenCalled()
    await failure(ticketCounts())
    expect(ended).toHaveBeenCalledOnce()
  })

  it('answers nothing for 204', async () => {
    fakeServer({ 'DELETE /session': null })
    expect(await signOut()).toBeUndefined()
  })

  it('sends a file as a form', async () => {
    const server = fakeServer({
      'POST /faq/import': { created: 1, updated: 0, unchanged: 0, errors: [] },
    })
    await importEntries(new File(['code,question'], 'a.csv'), { publish: false, dryRun: true })
    const call = server.calls[0]!
    expect(Object.fromEntries(call.query)).toEqual({ publish: 'false', dry_run: 'true' })
    expect(call.headers.get('Content-Type')).toContain('multipart/form-data')
    expect(call.body).toContain('filename="a.csv"')
  })
})

it('reads all pages of a short list', async () => {
  const pages: Record<string, { items: number[]; next_cursor: string }> = {
    '': { items: [1, 2], next_cursor: 'b' },
    b: { items: [3], next_cursor: '' },
  }
  expect(await allPages((cursor) => Promise.resolve(pages[cursor]!))).toEqual([1, 2, 3])
})

it('leaves empty filters out, which the server does not know', async () => {
  const server = fakeServer({ 'GET /tickets': { items: [], next_cursor: '' } })
  await listTickets({ view: 'in_review', kind: 'comment', q: '' }, { limit: 10, cursor: '' })
  expect(Object.fromEntries(server.calls[0]!.query)).toEqual({
    view: 'in_review',
    kind: 'comment',
    limit: '10',
  })
})
