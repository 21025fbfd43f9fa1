// The one place that talks HTTP. Resource files beside it name the calls; no
// other file uses fetch.

/** A field of a form and what is wrong with it. */
export interface FieldError {
  name: string
  message: string
}

/** The codes the server answers, and two of our own for calls that got no answer. */
export type ErrorCode =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'rate_limited'
  | 'unavailable'
  | 'internal'
  | 'network'
  | 'timeout'

/** The only error the API functions throw, besides an AbortError of the caller's own signal. */
export class ApiError extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    readonly status = 0,
    readonly reason = '',
    readonly fields: FieldError[] = [],
    readonly extra: Record<string, unknown> = {},
    readonly retryAfter = 0,
  ) {
    super(detail || code)
    this.name = 'ApiError'
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>

export interface CallOptions {
  query?: Query
  body?: unknown
  signal?: AbortSignal
  /** milliseconds; 15 s when not told */
  timeout?: number
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

export interface Page<T> {
  items: T[]
  next_cursor: string
}

const base = '/api/v1'

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

export function url(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
  }
  const text = search.toString()
  return base + path + (text ? `?${text}` : '')
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/**
 * Calls the API and returns the parsed answer (undefined for 204). Throws
 * ApiError; an abort of options.signal passes through as it is.
 */
export async function call<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
  const limit = AbortSignal.timeout(options.timeout ?? 15_000)
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit
  const headers: Record<string, string> = { Accept: 'application/json' }
  if (method !== 'GET' && csrf) headers['X-Desk-CSRF'] = csrf
  let body: BodyInit | undefined
  if (options.body instanceof FormData) body = options.body
  else if (options.body !== undefined) {
    headers['Content-Type'] = 'application/json'
    body = JSON.stringify(options.body)
  }
  let response: Response
  try {
    response = await fetch(url(path, options.query), {
      method,
      headers,
      body,
      signal,
      credentials: 'same-origin',
    })
  } catch (error) {
    if (options.signal?.aborted) throw error
    if (limit.aborted) throw new ApiError('timeout', '')
    throw new ApiError('network', '')
  }
  if (!response.ok) {
    const failure = await problem(response)
    if (failure.code === 'unauthenticated' && !path.startsWith('/session')) onSignedOut()
    throw failure
  }
  if (response.status === 204) return undefined as T
  return (await response.json()) as T
}

async function problem(response: Response): Promise<ApiError> {
  let body: Record<string, unknown> = {}
  try {
    body = (await response.json()) as Record<string, unknown>
  } catch {
    // A proxy's HTML page, or nothing: the status has to say it.
  }
  const text = (name: string) => (typeof body[name] === 'string' ? (body[name] as string) : '')
  return new ApiError(
    (text('code') || codeOf(response.status)) as ErrorCode,
    text('detail'),
    response.status,
    text('reason'),
    Array.isArray(body.fields) ? (body.fields as FieldError[]) : [],
    body,
    Number(response.headers.get('Retry-After')) || 0,
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

/** Whether error is the caller's own abort, which needs no telling. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
