import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect } from '@playwright/test'
import { binary } from './binary.ts'

/** What a start or a stop may take on a busy machine. */
const patience = 20_000

/** Settings of the person who runs the tests must not reach the program. */
const bare = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DESK_')))

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** One process of the real program. It is only ever ended by its own id. */
export class Program {
  /** everything it wrote, over all its starts */
  log = ''
  private child?: ChildProcess
  private readonly atExit = () => this.child?.kill('SIGKILL')

  constructor(
    private readonly args: readonly string[],
    private readonly env: Record<string, string>,
    /** answers 200 once it can work */
    private readonly readyUrl: string,
  ) {}

  /** Starts it and waits until it is ready. */
  async start(): Promise<void> {
    const child = spawn(binary, this.args, { env: { ...bare, ...this.env }, stdio: ['ignore', 'pipe', 'pipe'] })
    this.child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.log += text))
    }
    child.on('error', (error) => (this.log += `${error.message}\n`))
    process.once('exit', this.atExit)
    const what = `desk ${this.args.join(' ')}`
    await expect(async () => {
      const ready = await fetch(this.readyUrl).then((answer) => answer.ok, () => false)
      expect(ready || ended(child), `${what} is ready`).toBe(true)
    }).toPass({ timeout: patience, intervals: [20] })
    if (ended(child)) throw new Error(`${what} ended:\n${this.log}`)
  }

  /** Ends it as a power cut would. */
  kill(): Promise<void> {
    return this.end('SIGKILL')
  }

  /** Asks it to end, and waits. */
  stop(): Promise<void> {
    return this.end('SIGTERM')
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this
    this.child = undefined
    process.removeListener('exit', this.atExit)
    if (!child || ended(child)) return
    const gone = once(child, 'exit')
    child.kill(signal)
    const late = setTimeout(() => child.kill('SIGKILL'), patience)
    await gone
    clearTimeout(late)
  }
}

const ended = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null
