import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError } from '@/api/client'
import { backoff } from './backoff'
import { Batch, paced } from './batch'
import { errorText, fieldErrors } from './errors'
import { safeHref } from './href'
import { isComposing, isTyping } from './keys'

describe('backoff', () => {
  it('doubles, is half chance, and has an end', () => {
    expect([0, 1, 2].map((n) => backoff(n, 1))).toEqual([500, 1000, 2000])
    expect(backoff(0, 0)).toBe(250)
    expect(backoff(99, 1)).toBe(30_000)
  })
})

describe('batches', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('hands each key on once, together', () => {
    const flushed: string[][] = []
    const batch = new Batch((keys) => flushed.push(keys), 100)
    batch.add('1')
    batch.add('2')
    batch.add('1')
    vi.advanceTimersByTime(100)
    batch.add('3')
    vi.advanceTimersByTime(100)
    expect(flushed).toEqual([['1', '2'], ['3']])
  })
  it('does not wait longer because keys keep coming', () => {
    const flush = vi.fn()
    const batch = new Batch(flush, 100)
    for (let i = 0; i < 10; i++) {
      batch.add(String(i))
      vi.advanceTimersByTime(50)
    }
    expect(flush.mock.calls.length).toBeGreaterThanOrEqual(4)
  })
  it('paces work and never loses the last call', () => {
    const work = vi.fn()
    const touch = paced(work, 100, 1000)
    touch()
    vi.advanceTimersByTime(100)
    expect(work).toHaveBeenCalledTimes(1)
    touch()
    touch()
    vi.advanceTimersByTime(500)
    expect(work).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(500)
    expect(work).toHaveBeenCalledTimes(2)
    touch()
    touch.cancel()
    vi.advanceTimersByTime(5000)
    expect(work).toHaveBeenCalledTimes(2)
    touch()
    vi.advanceTimersByTime(1000)
    expect(work).toHaveBeenCalledTimes(3)
  })
})

describe('errors', () => {
  const known: Record<string, string> = {
    'error.reason.thread_moved': 'moved',
    'error.forbidden': 'forbidden',
    'error.internal': 'internal',
    'error.rate_limited_for': 'wait',
    'error.network': 'network',
  }
  const text = (error: unknown) =>
    errorText(
      error,
      (key) => known[key] ?? key,
      (key) => key in known,
    )

  it('prefers the reason, then the server’s words for input, then the code', () => {
    expect(text(new ApiError('conflict', 'x', 409, 'thread_moved'))).toBe('moved')
    expect(text(new ApiError('invalid', '问题不能为空', 422))).toBe('问题不能为空')
    expect(text(new ApiError('forbidden', 'secret words', 403))).toBe('forbidden')
    expect(text(new ApiError('rate_limited', '', 429, '', [], 9))).toBe('wait')
    expect(text(new ApiError('network', ''))).toBe('network')
    expect(text(new TypeError('boom'))).toBe('internal')
  })
  it('names fields', () => {
    const error = new ApiError('invalid', '', 422, '', [
      { name: 'settings.app_id', message: '格式不对' },
    ])
    expect(fieldErrors(error)).toEqual({ 'settings.app_id': '格式不对' })
    expect(fieldErrors(new Error())).toEqual({})
  })
})

it('lets only web addresses through', () => {
  expect(safeHref('https://a.example/b')).toBe('https://a.example/b')
  const refused = ['javascript:alert(1)', 'data:text/html,x', 'nonsense', 7, undefined]
  expect(refused.map(safeHref)).toEqual(refused.map(() => undefined))
})

describe('keys', () => {
  const key = (init: KeyboardEventInit & { keyCode?: number }) => new KeyboardEvent('keydown', init)
  it('knows a composing key press', () => {
    expect(isComposing(key({ key: 'j', isComposing: true }))).toBe(true)
    expect(isComposing(key({ key: 'Process', keyCode: 229 }))).toBe(true)
    expect(isComposing(key({ key: 'j', keyCode: 74 }))).toBe(false)
  })
  it('knows where one types', () => {
    const of = (tag: string, type?: string) => {
      const element = document.createElement(tag)
      if (type) element.setAttribute('type', type)
      return isTyping(element)
    }
    expect([of('textarea'), of('input', 'text'), of('input', 'search'), of('select')]).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect([of('input', 'checkbox'), of('button'), of('div')]).toEqual([false, false, false])
  })
})
