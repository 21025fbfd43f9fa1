import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

export interface Letter {
  to: string
  subject: string
  text: string
}

/** A mail server on this machine: it takes every letter and keeps it. */
export class Mailbox {
  readonly letters: Letter[] = []
  private server?: Server
  private readonly sockets = new Set<Socket>()
  private readonly waiting = new Set<() => void>()

  async start(): Promise<void> {
    this.server = createServer((socket) => this.talk(socket))
    this.server.listen(0, '127.0.0.1')
    await once(this.server, 'listening')
  }

  get port(): number {
    return (this.server?.address() as AddressInfo).port
  }

  private talk(socket: Socket): void {
    this.sockets.add(socket)
    socket.on('close', () => this.sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.setEncoding('utf8')
    let rest = ''
    let to = ''
    let data: string[] | undefined
    const line = (text: string): void => {
      if (data) {
        if (text !== '.') {
          data.push(text.startsWith('..') ? text.slice(1) : text)
          return
        }
        this.keep(to, data)
        data = undefined
        socket.write('250 taken\r\n')
        return
      }
      const [word = ''] = text.toUpperCase().split(' ')
      if (word === 'RCPT') to = /<(.*?)>/.exec(text)?.[1] ?? ''
      if (word === 'DATA') {
        data = []
        socket.write('354 go on\r\n')
      } else if (word === 'QUIT') socket.end('221 bye\r\n')
      else socket.write(word === 'EHLO' ? '250-mailbox\r\n250 8BITMIME\r\n' : '250 fine\r\n')
    }
    socket.write('220 mailbox\r\n')
    socket.on('data', (chunk: string) => {
      rest += chunk
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const text = rest.slice(0, end)
        rest = rest.slice(end + 2)
        line(text)
      }
    })
  }

  private keep(to: string, lines: string[]): void {
    const empty = lines.indexOf('')
    const head = lines.slice(0, empty).join('\n').replace(/\n[ \t]+/g, ' ')
    const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1] ?? ''
    const words = header('Subject').replace(/=\?UTF-8\?([bq])\?(.*?)\?=\s*/gi, (_, kind: string, text: string) =>
      kind.toLowerCase() === 'b' ? Buffer.from(text, 'base64').toString() : unquote(text.replaceAll('_', ' ')),
    )
    const body = lines.slice(empty + 1).join('\n')
    const base64 = /base64/i.test(header('Content-Transfer-Encoding'))
    this.letters.push({ to, subject: words, text: base64 ? Buffer.from(body, 'base64').toString() : unquote(body) })
    for (const wake of this.waiting) wake()
  }

  /** The first letter from the nth on whose text has these words; waits for it. */
  async hears(words: string | RegExp, from = 0, within = 15_000): Promise<Letter> {
    const end = Date.now() + within
    for (;;) {
      const found = this.letters
        .slice(from)
        .find(({ text }) => (typeof words === 'string' ? text.includes(words) : words.test(text)))
      if (found) return found
      const left = end - Date.now()
      if (left <= 0) throw new Error(`no letter with ${String(words)}: ${JSON.stringify(this.letters)}`)
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
    for (const socket of this.sockets) socket.destroy()
    this.server?.close()
    await Promise.resolve()
  }
}

/** Quoted-printable as text. */
function unquote(text: string): string {
  const bytes = text
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
