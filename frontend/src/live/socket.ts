import { backoff } from '@/lib/backoff'

/** An event as the server pushes it: a hint with ids, numbered. */
export interface LiveEvent {
  type: 'event'
  id: number
  name: string
  ticket_id?: string
  at: string
  data?: Record<string, unknown>
}

export type PresenceState = 'viewing' | 'typing' | 'gone'

export interface PresenceFrame {
  type: 'presence'
  ticket_id: string
  state: PresenceState
  user?: { id: string; name: string }
}

interface WelcomeFrame {
  type: 'welcome'
  head: number
  server_time?: string
}

interface ResetFrame {
  type: 'reset'
  head: number
}

type Frame = LiveEvent | PresenceFrame | WelcomeFrame | ResetFrame

/** connecting: the first time; reconnecting: was online; offline: the browser has no network. */
export type ConnectionState = 'connecting' | 'online' | 'reconnecting' | 'offline'

export interface LiveHandlers {
  state(state: ConnectionState): void
  /** fresh: nothing was replayed, so what was loaded before may be old */
  welcome(serverTime: string | undefined, fresh: boolean): void
  event(event: LiveEvent): void
  presence(frame: PresenceFrame): void
  /** events were lost for good: reload everything shown */
  reset(): void
  /** the server says the session is over; resolves to whether it still holds */
  session(): Promise<boolean>
}

/** Codes the server closes with. */
export const sessionOver = 4001
export const tooSlow = 4008

/** A gap in our own timer longer than this means the machine slept. */
const sleepGap = 40_000
const watchEvery = 10_000

export interface SocketOptions {
  url: string
  connect?: (url: string) => WebSocket
  now?: () => number
  chance?: () => number
}

/**
 * Keeps one socket open: says where it stands, hands on what it missed, in
 * order, once, and comes back after every fault until stop is called.
 */
export class LiveSocket {
  /** number of the last event handed on; 0 means "from now" */
  private last = 0
  private socket?: WebSocket
  private attempt = 0
  private retry?: ReturnType<typeof setTimeout>
  private watch?: ReturnType<typeof setInterval>
  private lastTick = 0
  private stopped = true
  private wasOnline = false

  constructor(
    private readonly options: SocketOptions,
    private readonly handlers: LiveHandlers,
  ) {}

  start(): void {
    if (!this.stopped) return
    this.stopped = false
    window.addEventListener('online', this.onOnline)
    window.addEventListener('offline', this.onOffline)
    this.lastTick = this.now()
    this.watch = setInterval(this.onWatch, watchEvery)
    if (navigator.onLine === false) this.handlers.state('offline')
    else this.open()
  }

  stop(): void {
    this.stopped = true
    this.last = 0
    this.attempt = 0
    this.wasOnline = false
    window.removeEventListener('online', this.onOnline)
    window.removeEventListener('offline', this.onOffline)
    clearInterval(this.watch)
    this.drop()
  }

  /** Sends presence if the socket is open; presence is never queued. */
  presence(ticketId: string, state: PresenceState): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(JSON.stringify({ type: 'presence', ticket_id: ticketId, state }))
    }
  }

  private now(): number {
    return (this.options.now ?? Date.now)()
  }

  private open(): void {
    clearTimeout(this.retry)
    if (this.stopped || this.socket) return
    this.handlers.state(this.wasOnline ? 'reconnecting' : 'connecting')
    const connect = this.options.connect ?? ((url: string) => new WebSocket(url, 'desk.v1'))
    const socket = connect(this.options.url)
    this.socket = socket
    const mine = () => this.socket === socket
    socket.onopen = () => {
      if (mine()) socket.send(JSON.stringify({ type: 'hello', after: this.last }))
    }
    socket.onmessage = (message: MessageEvent<string>) => {
      if (mine()) this.receive(message.data)
    }
    socket.onclose = (event: CloseEvent) => {
      if (mine()) void this.closed(event.code)
    }
  }

  private receive(text: string): void {
    const frame = parse(text)
    if (!frame) return
    switch (frame.type) {
      case 'welcome': {
        const fresh = this.last === 0
        if (fresh) this.last = frame.head
        this.attempt = 0
        this.wasOnline = true
        this.handlers.state('online')
        this.handlers.welcome(frame.server_time, fresh)
        break
      }
      case 'event':
        // A resumed stream may overlap; each number is handed on once.
        if (frame.id > this.last) {
          this.last = frame.id
          this.handlers.event(frame)
        }
        break
      case 'reset':
        this.last = frame.head
        this.attempt = 0
        this.wasOnline = true
        this.handlers.state('online')
        this.handlers.reset()
        break
      case 'presence':
        this.handlers.presence(frame)
        break
    }
  }

  private async closed(code: number): Promise<void> {
    this.socket = undefined
    if (this.stopped) return
    this.handlers.state(this.lostState())
    if (code === sessionOver) {
      const holds = await this.handlers.session().catch(() => true)
      if (!holds || this.stopped) return
    }
    if (navigator.onLine === false) return
    // Too slow only means: come back and resume, the server waits for us.
    const wait = code === tooSlow ? backoff(0, this.chance()) : backoff(this.attempt, this.chance())
    this.attempt++
    clearTimeout(this.retry)
    this.retry = setTimeout(() => this.open(), wait)
  }

  private lostState(): ConnectionState {
    if (navigator.onLine === false) return 'offline'
    return this.wasOnline ? 'reconnecting' : 'connecting'
  }

  private chance(): number {
    return (this.options.chance ?? Math.random)()
  }

  private drop(): void {
    clearTimeout(this.retry)
    const socket = this.socket
    this.socket = undefined
    socket?.close(1000)
  }

  private readonly onOnline = () => {
    this.attempt = 0
    this.drop()
    this.open()
  }

  private readonly onOffline = () => {
    this.drop()
    this.handlers.state('offline')
  }

  private readonly onWatch = () => {
    const now = this.now()
    const slept = now - this.lastTick > sleepGap
    this.lastTick = now
    // After sleep the socket may look open and be dead: start anew and resume.
    if (slept && navigator.onLine !== false) this.onOnline()
  }
}

function parse(text: string): Frame | undefined {
  try {
    const frame = JSON.parse(text) as { type?: unknown }
    return typeof frame.type === 'string' ? (frame as Frame) : undefined
  } catch {
    return undefined
  }
}

/** The address of the live endpoint beside the page. */
export function liveUrl(location: Location = window.location): string {
  return `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/api/v1/live`
}
