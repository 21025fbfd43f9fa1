import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How the model answers one request. */
export type Play = (answer: Answer) => Promise<void> | void

/** What a play does: pieces of the stream, and the end or the fault. */
export class Answer {
  constructor(private readonly response: ServerResponse) {}

  say(...pieces: string[]): void {
    for (const content of pieces) this.line({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })
  }

  /** Ends as an answer should: with its reason and what it cost. */
  end(): void {
    this.line({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
    this.line({ choices: [], usage: { prompt_tokens: 640, completion_tokens: 80, total_tokens: 720 } })
    this.response.end('data: [DONE]\n\n')
  }

  fail(status: number): void {
    this.response.writeHead(status, { 'Content-Type': 'application/json' })
    this.response.end(JSON.stringify({ error: { message: 'refused', type: 'test', code: status } }))
  }

  /** Nobody reads any more. */
  left(): Promise<unknown> {
    return this.response.destroyed ? Promise.resolve() : once(this.response, 'close')
  }

  private line(data: unknown): void {
    if (!this.response.headersSent) this.response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    this.response.write(`data: ${JSON.stringify(data)}\n\n`)
  }
}

/** Streams the whole answer at once. */
export const says = (...pieces: string[]): Play => (answer) => {
  answer.say(...pieces)
  answer.end()
}

/** A step of the play that waits until the test lets it go on. */
export function gate(): { open: () => void; opened: Promise<void> } {
  let open!: () => void
  const opened = new Promise<void>((done) => (open = done))
  return { open, opened }
}

/** An OpenAI-compatible endpoint that plays what the test says. */
export class Model {
  /** the base URL, once it listens */
  url = ''
  play: Play = says('没有[1]')
  /** the bodies of the requests, as they came */
  readonly asked: string[] = []
  private server?: Server

  async start(): Promise<void> {
    this.server = createServer((request, response) => void this.serve(request, response))
    this.server.listen(0, '127.0.0.1')
    await once(this.server, 'listening')
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`
  }

  async stop(): Promise<void> {
    const { server } = this
    this.server = undefined
    if (!server) return
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    this.asked.push(Buffer.concat(parts).toString())
    await this.play(new Answer(response))
  }
}
