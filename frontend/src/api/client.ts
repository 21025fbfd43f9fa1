// The one place that talks HTTP: typed by the server's own OpenAPI. Resource
// files beside it name the calls; no other file uses fetch.
import createClient from 'openapi-fetch'
import type { components, paths } from './schema'

export type Schemas = components['schemas']
export type Ref = Schemas['Ref']

/** The codes the server answers, and two of our own for calls that got no answer. */
export type ErrorCode = Schemas['Problem']['code'] | 'network' | 'timeout'

/** A field of a form and what is wrong with it. */
export type FieldError = Schemas['ProblemField']

/** The only error the API functions throw, besides an AbortError of the caller's own signal. */
export class ApiError extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    readonly status = 0,
    readonly reason = '',
    readonly fields: readonly FieldError[] = [],
    /** seconds to wait, when the server says so */
    readonly retryAfter = 0,
  ) {
    super(detail || code)
    this.name = 'ApiError'
  }
}

export interface Page<T> {
  items: T[]
  next_cursor: string
}

export const base = '/api/v1'

const usualTime = 15_000
let csrf = ''
let onSignedOut: () => void = () => undefined

/** Writes carry this value; the session call returns it. */
export function setCsrf(value: string): void {
  csrf = value
}

/** Called when the server says that the session is over. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler
}

/** A fetch with our header, a time limit, and our errors for calls without an answer. */
export function sender(milliseconds = usualTime): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET' && csrf) request.headers.set('X-Desk-CSRF', csrf)
    const limit = AbortSignal.timeout(milliseconds)
    try {
      return await fetch(new Request(request, { signal: AbortSignal.any([request.signal, limit]) }))
    } catch (error) {
      if (request.signal.aborted) throw error
      throw new ApiError(limit.aborted ? 'timeout' : 'network', '')
    }
  }
}

/** The typed client; every call goes through answer. */
export const api = createClient<paths>({
  baseUrl: window.location.origin,
  fetch: sender(),
  credentials: 'same-origin',
  headers: { Accept: 'application/json' },
})

interface Result<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The body of a call that went well (undefined for 204). Throws ApiError otherwise. */
export async function answer<T>(call: Promise<Result<T>>): Promise<T> {
  try {
    return await answerAboutSession(call)
  } catch (error) {
    if (error instanceof ApiError && error.code === 'unauthenticated') onSignedOut()
    throw error
  }
}

/** Like answer, for calls in which "not signed in" is an answer and no surprise. */
export async function answerAboutSession<T>(call: Promise<Result<T>>): Promise<T> {
  const { data, error, response } = await call
  if (!response.ok) throw problem(error, response)
  return data as T
}

/** The error a problem tells: the body of an answer, or an event of a stream that had begun. */
export function problem(body: unknown, response?: Response): ApiError {
  // A proxy's HTML page, or nothing: the status has to say it.
  const told: Partial<Schemas['Problem']> = typeof body === 'object' && body !== null ? body : {}
  const status = response?.status ?? told.status ?? 0
  return new ApiError(
    told.code ?? codeOf(status),
    told.detail ?? '',
    status,
    told.reason ?? '',
    told.fields ?? [],
    Number(response?.headers.get('Retry-After')) || 0,
  )
}

function codeOf(status: number): ErrorCode {
  switch (status) {
    case 400:
    case 413:
    case 415:
    case 422:
      return 'invalid'
    case 401:
      return 'unauthenticated'
    case 403:
      return 'forbidden'
    case 404:
      return 'not_found'
    case 409:
      return 'conflict'
    case 429:
      return 'rate_limited'
    case 502:
    case 503:
    case 504:
      return 'unavailable'
    default:
      return 'internal'
  }
}

/** The values of a filter that are set; the server knows no empty ones. */
export function filled<T extends object>(filter: T): T {
  return Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== '' && value !== undefined),
  ) as T
}

/** Reads every page of a short list (accounts, users); at most 2,000 rows. */
export async function allPages<T>(page: (cursor: string) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = []
  let cursor = ''
  for (let n = 0; n < 10; n++) {
    const next = await page(cursor)
    items.push(...next.items)
    cursor = next.next_cursor
    if (!cursor) break
  }
  return items
}

/** Whether error is the caller's own abort, which needs no telling. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
