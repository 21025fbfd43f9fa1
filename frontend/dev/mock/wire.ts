// What the made-up routes are made of: answers, events, and who asks.
import type { User } from '../../src/api/users.ts'

export interface Answer {
  status: number
  json?: unknown
  raw?: Buffer | string
  headers?: Record<string, string>
}

export type Body = Record<string, unknown>
export type Handler = (call: {
  params: string[]
  query: URLSearchParams
  body: Body
  user: User
}) => Answer

let events = 2000
let listener: (frame: unknown) => void = () => undefined
export const head = (): number => events
export function onEvent(handler: (frame: unknown) => void): void {
  listener = handler
}

/** Tells every open socket that something happened. */
export function emit(name: string, ticketId?: string): void {
  events++
  listener({
    type: 'event',
    id: events,
    name,
    ticket_id: ticketId,
    at: new Date().toISOString(),
    data: {},
  })
}
export const ok = (json: unknown): Answer => ({ status: 200, json })
export const none: Answer = { status: 204 }
export const fault = (status: number, code: string, detail: string, extra: Body = {}): Answer => ({
  status,
  json: { status, code, title: code, detail, fields: [], ...extra },
})
export type Route = [method: string, path: RegExp, handler: Handler]
