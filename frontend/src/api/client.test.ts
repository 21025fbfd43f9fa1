import { beforeEach, describe, expect, it, vi } from 'vitest'
import { fakeServer, later, Problem } from '@/testing/server'
import { allPages, ApiError, call, isAbort, setCsrf, url, whenSignedOut } from './client'
import { listTickets } from './tickets'

beforeEach(() => setCsrf(''))

const failure = (promise: Promise<unknown>) => promise.then(() => undefined, (error: unknown) => error)

describe('call', () => {
  it('sends JSON with the CSRF value on writes only', async () => {
    const server = fakeServer({ 'POST /a': { ok: true }, 'GET /a': { ok: true } })
    setCsrf('token-of-test')
    await call('POST', '/a', { body: { x: 1 } })
    await call('GET', '/a')
    expect(server.calls.map((c) => c.headers.get('X-Desk-CSRF'))).toEqual(['token-of-test', null])
    expect(server.calls[0]?.body).toEqual({ x: 1 })
  })

  it('reads a problem', async () => {
    fakeServer({
      'POST /a': new Problem(
        409,
        { code: 'conflict', reason: 'thread_moved', detail: '会话有新内容', fields: [], last_event: 9 },
        { 'Retry-After': '7' },
      ),
    })
    const error = (await failure(call('POST', '/a'))) as ApiError
    expect(error).toBeInstanceOf(ApiError)
    expect([error.code, error.reason, error.detail, error.status, error.retryAfter]).toEqual([
      'conflict', 'thread_moved', '会话有新内容', 409, 7,
    ])
    expect(error.extra.last_event).toBe(9)
  })

  it('makes a code of a status when a proxy answers', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('<html>', { status: 502 })))
    expect(((await failure(call('GET', '/a'))) as ApiError).code).toBe('unavailable')
  })

  it('tells a lost network from an abort of the caller', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')))
    expect(((await failure(call('GET', '/a'))) as ApiError).code).toBe('network')
    const gone = later<unknown>()
    fakeServer({ 'GET /a': () => gone.promise })
    const abort = new AbortController()
    const answer = failure(call('GET', '/a', { signal: abort.signal }))
    abort.abort()
    expect(isAbort(await answer)).toBe(true)
  })

  it('says when a session ended, but not for a wrong password', async () => {
    const ended = vi.fn()
    whenSignedOut(ended)
    const problem = new Problem(401, { code: 'unauthenticated' })
    fakeServer({ 'GET /tickets': problem, 'POST /session': problem })
    await failure(call('POST', '/session'))
    expect(ended).not.toHaveBeenCalled()
    await failure(call('GET', '/tickets'))
    expect(ended).toHaveBeenCalledOnce()
  })

  it('leaves empty parameters out', () => {
    expect(url('/tickets', { q: '', view: 'open', n: 0, x: undefined })).toBe('/api/v1/tickets?view=open&n=0')
  })

  it('answers nothing for 204', async () => {
    fakeServer({ 'DELETE /session': null })
    expect(await call('DELETE', '/session')).toBeUndefined()
  })
})

it('reads all pages of a short list', async () => {
  const pages: Record<string, { items: number[]; next_cursor: string }> = {
    '': { items: [1, 2], next_cursor: 'b' },
    b: { items: [3], next_cursor: '' },
  }
  expect(await allPages((cursor) => Promise.resolve(pages[cursor]!))).toEqual([1, 2, 3])
})

it('asks for the review view as a state', async () => {
  const server = fakeServer({ 'GET /tickets': { items: [], next_cursor: '' } })
  await listTickets({ view: 'in_review', kind: 'comment' }, { limit: 10 })
  expect(Object.fromEntries(server.calls[0]!.query)).toEqual({
    view: 'all', state: 'in_review', kind: 'comment', limit: '10',
  })
})
