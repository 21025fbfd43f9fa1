import { vi } from 'vitest'

// A small fake server for tests: method and path → answer. It notes every call.

export interface Call {
  method: string
  path: string
  query: URLSearchParams
  body: unknown
  headers: Headers
}

type Answer = unknown
type Handler = (call: Call) => Answer | Promise<Answer>

/** Thrown or returned by a handler to answer with a problem. */
export class Problem {
  constructor(
    readonly status: number,
    readonly body: Record<string, unknown>,
    readonly headers: Record<string, string> = {},
  ) {}
}

const json = { 'Content-Type': 'application/json' }

export function fakeServer(routes: Record<string, Handler | Answer>) {
  const calls: Call[] = []
  const handlers = { ...routes }

  const fetchFake = async (request: Request): Promise<Response> => {
    const { method, headers } = request
    const url = new URL(request.url)
    const path = url.pathname.replace('/api/v1', '')
    const text = await request.text()
    const body: unknown = text.startsWith('{') ? JSON.parse(text) : text
    const call = { method, path, query: url.searchParams, body, headers }
    calls.push(call)
    const route = handlers[`${method} ${path}`]
    const made = typeof route === 'function' ? (route as Handler)(call) : route
    const answer = await settled(made, request.signal)
    if (answer === undefined) {
      return new Response(JSON.stringify({ code: 'not_found' }), { status: 404, headers: json })
    }
    if (answer instanceof Problem) {
      return new Response(JSON.stringify(answer.body), {
        status: answer.status,
        headers: { ...json, ...answer.headers },
      })
    }
    if (answer === null) return new Response(null, { status: 204 })
    return new Response(JSON.stringify(answer), { status: 200, headers: json })
  }
  vi.stubGlobal('fetch', fetchFake)

  return {
    calls,
    on(route: string, handler: Handler | Answer) {
      handlers[route] = handler
    },
    count: (route: string) =>
      calls.filter((call) => `${call.method} ${call.path}` === route).length,
    last: (route: string) => calls.findLast((call) => `${call.method} ${call.path}` === route),
  }
}

/** An answer in its time, or the abort that came before it. */
function settled(answer: Answer | Promise<Answer>, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal?.reason as Error)
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort)
    Promise.resolve(answer).then(resolve, reject)
  })
}

/** A promise to be resolved by the test, for answers that come late. */
export function later<T>() {
  let resolve!: (value: T) => void
  const promise = new Promise<T>((done) => (resolve = done))
  return { promise, resolve }
}

/** Lets everything that is already resolved run. */
export async function flush(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}
