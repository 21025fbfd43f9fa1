import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface RobotMessage {
  text: string
  at: number
}

/** A 钉钉 group robot: it takes what is signed with its secret and keeps it. */
export class Robot {
  readonly secret = 'SEC-fake-journey-secret'
  readonly messages: RobotMessage[] = []
  /** how many calls were not signed as they must be */
  refused = 0
  private server?: Server
  private readonly waiting = new Set<() => void>()

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      void (async () => {
        let body = ''
        for await (const chunk of request) body += String(chunk)
        const query = new URL(request.url ?? '/', 'http://robot').searchParams
        const stamp = query.get('timestamp') ?? ''
        const sign = createHmac('sha256', this.secret).update(`${stamp}\n${this.secret}`).digest('base64')
        const good = query.get('sign') === sign && Math.abs(Date.now() - Number(stamp)) < 60_000
        response.setHeader('Content-Type', 'application/json')
        if (!good) {
          this.refused++
          response.end(JSON.stringify({ errcode: 310000, errmsg: 'sign not match' }))
          return
        }
        const { text } = JSON.parse(body) as { text: { content: string } }
        this.messages.push({ text: text.content, at: Date.now() })
        response.end(JSON.stringify({ errcode: 0, errmsg: 'ok' }))
        for (const wake of this.waiting) wake()
      })()
    })
    this.server.listen(0, '127.0.0.1')
    await once(this.server, 'listening')
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server?.address() as AddressInfo).port}/robot/send?access_token=fake-journey-token`
  }

  /** The first message with these words; waits for it. */
  async hears(words: string, within = 10_000): Promise<RobotMessage> {
    const end = Date.now() + within
    for (;;) {
      const found = this.messages.find((message) => message.text.includes(words))
      if (found) return found
      const left = end - Date.now()
      if (left <= 0) throw new Error(`the robot did not hear ${words}: ${JSON.stringify(this.messages)}`)
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer)
          this.waiting.delete(done)
          resolve()
        }
        const timer = setTimeout(done, left)
        this.waiting.add(done)
      })
    }
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections()
    this.server?.close()
    await Promise.resolve()
  }
}
