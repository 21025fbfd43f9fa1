import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dispatch, eventTable, type EventActions } from './events'
import { liveUrl, LiveSocket, type ConnectionState, type LiveEvent } from './socket'

class FakeSocket {
  static all: FakeSocket[] = []
  readyState = 0
  sent: Record<string, unknown>[] = []
  onopen?: () => void
  onmessage?: (message: { data: string }) => void
  onclose?: (event: { code: number }) => void
  closedWith?: number
  constructor() {
    FakeSocket.all.push(this)
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>)
  }
  close(code: number): void {
    this.closedWith = code
    this.readyState = 3
  }
  open(): void {
    this.readyState = 1
    this.onopen?.()
  }
  push(frame: object | string): void {
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) })
  }
  fail(code: number): void {
    this.readyState = 3
    this.onclose?.({ code })
  }
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1)!
  }
}

const running: LiveSocket[] = []

interface Seen {
  states: ConnectionState[]
  events: number[]
  welcomes: boolean[]
  resets: number
  sessions: number
}

function start(options: { session?: () => Promise<boolean>; now?: () => number } = {}) {
  const seen: Seen = { states: [], events: [], welcomes: [], resets: 0, sessions: 0 }
  const socket = new LiveSocket(
    {
      url: 'ws://desk/api/v1/live',
      connect: () => new FakeSocket() as unknown as WebSocket,
      chance: () => 1,
      ...(options.now ? { now: options.now } : {}),
    },
    {
      state: (state) => seen.states.push(state),
      welcome: (_time, fresh) => seen.welcomes.push(fresh),
      event: (event) => seen.events.push(event.id),
      presence: () => undefined,
      reset: () => seen.resets++,
      session: () => {
        seen.sessions++
        return options.session?.() ?? Promise.resolve(true)
      },
    },
  )
  socket.start()
  running.push(socket)
  return { socket, seen }
}

const welcome = (head: number) => ({ type: 'welcome', head, server_time: '2026-11-22T05:00:00Z' })
const event = (id: number) => ({
  type: 'event',
  id,
  name: 'message.received',
  ticket_id: '7',
  at: '',
})

beforeEach(() => {
  FakeSocket.all = []
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', { OPEN: 1 })
})
afterEach(() => {
  for (const socket of running.splice(0)) socket.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('LiveSocket', () => {
  it('says "from now" first, and where it stands after that', async () => {
    const { seen } = start()
    FakeSocket.last.open()
    expect(FakeSocket.last.sent).toEqual([{ type: 'hello', after: 0 }])
    FakeSocket.last.push(welcome(40))
    FakeSocket.last.push(event(41))
    FakeSocket.last.push(event(43))
    FakeSocket.last.fail(1006)
    await vi.advanceTimersByTimeAsync(500)
    FakeSocket.last.open()
    expect(FakeSocket.last.sent).toEqual([{ type: 'hello', after: 43 }])
    FakeSocket.last.push(welcome(44))
    expect(seen.welcomes).toEqual([true, false])
  })

  it('resumes after the head when nothing has happened yet', async () => {
    start()
    FakeSocket.last.open()
    FakeSocket.last.push(welcome(40))
    FakeSocket.last.fail(1006)
    await vi.advanceTimersByTimeAsync(500)
    FakeSocket.last.open()
    expect(FakeSocket.last.sent[0]).toEqual({ type: 'hello', after: 40 })
  })

  it('hands each event on once and in order, also when a resume overlaps', async () => {
    const { seen } = start()
    FakeSocket.last.open()
    FakeSocket.last.push(welcome(0))
    ;[1, 2, 3].forEach((id) => FakeSocket.last.push(event(id)))
    FakeSocket.last.fail(1006)
    await vi.advanceTimersByTimeAsync(500)
    FakeSocket.last.open()
    ;[2, 3, 4].forEach((id) => FakeSocket.last.push(event(id)))
    expect(seen.events).toEqual([1, 2, 3, 4])
  })

  it('tells its state in words', async () => {
    const { seen } = start()
    FakeSocket.last.open()
    FakeSocket.last.push(welcome(1))
    FakeSocket.last.fail(1006)
    await vi.advanceTimersByTimeAsync(500)
    expect(seen.states).toEqual(['connecting', 'online', 'reconnecting', 'reconnecting'])
  })

  it('waits longer after each failure and starts over after a success', async () => {
    start()
    FakeSocket.last.fail(1006)
    await vi.advanceTimersByTimeAsync(499)
    expect(FakeSocket.all.length).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(FakeSocket.all.length).toBe(2)
    FakeSocket.last.fail(1006)
    await vi.advanceTimersByTimeAsync(999)
    expect(FakeSocket.all.length).toBe(2)
    await vi.advanceTimersByTimeAsync(1)
    FakeSocket.last.open()
    FakeSocket.last.push(welcome(1))
    FakeSocket.last.fail(1006)
    await vi.advanceTimersByTimeAsync(500)
    expect(FakeSocket.all.length).toBe(4)
  })

  it('reloads on reset and goes on from its head', async () => {
    const { seen } = start()
    FakeSocket.last.open()
    FakeSocket.last.push(welcome(5))
    FakeSocket.last.fail(1006)
    await vi.advanceTimersByTimeAsync(500)
    FakeSocket.last.open()
    FakeSocket.last.push(welcome(900))
    FakeSocket.last.push({ type: 'reset', head: 900 })
    FakeSocket.last.push(event(700))
    FakeSocket.last.push(event(901))
    expect(seen.resets).toBe(1)
    expect(seen.events).toEqual([901])
  })

  it('goes back on a reset, for a restored database', () => {
    const { seen } = start()
    FakeSocket.last.open()
    FakeSocket.last.push(welcome(50))
    FakeSocket.last.push({ type: 'reset', head: 10 })
    FakeSocket.last.push(event(11))
    expect(seen.events).toEqual([11])
  })

  it('asks for the session on 4001 and stays away when it is over', async () => {
    const { seen } = start({ session: () => Promise.resolve(false) })
    FakeSocket.last.open()
    FakeSocket.last.push(welcome(5))
    FakeSocket.last.fail(4001)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(seen.sessions).toBe(1)
    expect(FakeSocket.all.length).toBe(1)
  })

  it('comes back on 4001 when the session still holds', async () => {
    start({ session: () => Promise.resolve(true) })
    FakeSocket.last.fail(4001)
    await vi.advanceTimersByTimeAsync(500)
    expect(FakeSocket.all.length).toBe(2)
  })

  it('resumes soon on 4008, however often it failed before', async () => {
    start()
    for (let i = 0; i < 4; i++) {
      FakeSocket.last.fail(1006)
      await vi.advanceTimersByTimeAsync(5_000)
    }
    const before = FakeSocket.all.length
    FakeSocket.last.fail(4008)
    await vi.advanceTimersByTimeAsync(500)
    expect(FakeSocket.all.length).toBe(before + 1)
  })

  it('is offline without a network and back at once with it', () => {
    const { seen } = start()
    FakeSocket.last.open()
    FakeSocket.last.push(welcome(5))
    window.dispatchEvent(new Event('offline'))
    expect(seen.states.at(-1)).toBe('offline')
    expect(FakeSocket.last.closedWith).toBe(1000)
    window.dispatchEvent(new Event('online'))
    expect(FakeSocket.all.length).toBe(2)
    FakeSocket.last.open()
    expect(FakeSocket.last.sent[0]).toEqual({ type: 'hello', after: 5 })
  })

  it('starts anew after the machine slept', async () => {
    let clock = 0
    start({ now: () => clock })
    FakeSocket.last.open()
    FakeSocket.last.push(welcome(5))
    clock += 10_000
    await vi.advanceTimersByTimeAsync(10_000)
    expect(FakeSocket.all.length).toBe(1)
    clock += 600_000
    await vi.advanceTimersByTimeAsync(10_000)
    expect(FakeSocket.all.length).toBe(2)
  })

  it('ignores what it cannot read and sockets it has left', () => {
    const { seen, socket } = start()
    const old = FakeSocket.last
    old.open()
    old.push('not json')
    old.push({ type: 'someday' })
    old.push(welcome(1))
    socket.stop()
    old.push(event(2))
    old.fail(1006)
    expect(seen.events).toEqual([])
    expect(FakeSocket.all.length).toBe(1)
  })

  it('sends presence only while open', () => {
    const { socket } = start()
    socket.presence('7', 'viewing')
    FakeSocket.last.open()
    socket.presence('7', 'typing')
    expect(FakeSocket.last.sent.slice(1)).toEqual([
      { type: 'presence', ticket_id: '7', state: 'typing' },
    ])
  })
})

describe('the event table', () => {
  const named = (name: string): LiveEvent => ({
    type: 'event',
    id: 1,
    name,
    ticket_id: '7',
    at: '',
  })
  function done(name: string): string[] {
    const log: string[] = []
    const actions: EventActions = {
      ticket: (id) => log.push(`ticket ${id}`),
      accounts: () => log.push('accounts'),
      users: () => log.push('users'),
      teams: () => log.push('teams'),
      library: () => log.push('library'),
      operations: () => log.push('operations'),
      reviews: () => log.push('reviews'),
      views: () => log.push('views'),
      notices: (id) => log.push(`notices ${id ?? ''}`),
      senders: () => log.push('senders'),
      alerts: () => log.push('alerts'),
      ratings: () => log.push('ratings'),
      escalations: () => log.push('escalations'),
      deadLetter: () => log.push('deadLetter'),
    }
    dispatch(named(name), actions)
    return log
  }
  it('reloads the ticket of a message and of a delivery', () => {
    expect(done('message.received')).toEqual(['ticket 7'])
    expect(done('ticket.rated')).toEqual(['ticket 7', 'ratings'])
    expect(done('escalation.answered')).toEqual(['ticket 7', 'escalations'])
    expect(done('clock.missed')).toEqual(['ticket 7'])
    expect(done('delivery.failed')).toEqual(['ticket 7', 'operations'])
  })
  it('reloads what is not a ticket', () => {
    expect(done('entry.changed')).toEqual(['library'])
    expect(done('user.changed')).toEqual(['users'])
    expect(done('sender.changed')).toEqual(['senders'])
    expect(done('notice.read')).toEqual(['notices '])
    expect(done('account.alerted')).toEqual(['accounts'])
  })
  it('reloads the ticket of a name from a newer server', () => {
    expect(done('ticket.juggled')).toEqual(['ticket 7'])
  })
  it('names events as thing.happened', () => {
    for (const name of Object.keys(eventTable)) expect(name).toMatch(/^[a-z]+\.[a-z_]+$/)
  })
})

it('finds the endpoint beside the page', () => {
  const at = (protocol: string) => liveUrl({ protocol, host: 'desk.example' } as Location)
  expect(at('https:')).toBe('wss://desk.example/api/v1/live')
  expect(at('http:')).toBe('ws://desk.example/api/v1/live')
})
