import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { Client } from './client.ts'
import { Model } from './model.ts'
import { Platform, type Citizen } from './platform.ts'
import { freePort, Program } from './program.ts'
import { Robot } from './robot.ts'

/** The password of everybody in the tests; it opens nothing else. */
export const password = 'fake-journey-password'

/** A desk of its own with the platform it talks to, for the tests of one file. */
export class Desk {
  url = ''
  platform = new Platform('')
  /** ends and starts the desk; its simulator too when they are one process */
  program!: Program
  protected readonly others: Program[] = []
  protected dir = ''
  private readonly clients = new Map<string, Promise<Client>>()

  /** The API as one of its users, signed in once. */
  as(username: string): Promise<Client> {
    const known = this.clients.get(username) ?? Client.signIn(this.url, username, password)
    this.clients.set(username, known)
    return known
  }

  /** A new citizen asks; answers with the ticket that came of it. */
  async ask(text: string, accountName?: string): Promise<{ citizen: Citizen; id: string }> {
    const citizen = await this.platform.newCitizen(accountName)
    await this.platform.tell(citizen, text)
    return { citizen, id: await this.ticketOf(text) }
  }

  /** The newest ticket with this subject. */
  async ticketOf(subject: string): Promise<string> {
    const admin = await this.as('admin')
    const { items } = await admin.get<{ items: { id: string; subject: string }[] }>('/tickets?view=all&sort=newest&limit=20')
    const found = items.find((ticket) => ticket.subject === subject)
    if (!found) throw new Error(`no ticket has the subject ${subject}`)
    return found.id
  }

  /** Every origin a page may ask. */
  get origins(): string[] {
    return [this.url, this.platform.url]
  }

  get log(): string {
    return [this.program, ...this.others].map((program) => program.log).join('\n')
  }

  protected async prepare(): Promise<{ desk: string; phone: string; env: Record<string, string> }> {
    this.dir = await mkdtemp(join(tmpdir(), 'desk-journey-'))
    const [desk, phone] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`]
    this.url = `http://${desk}`
    this.platform = new Platform(`http://${phone}`)
    const env = {
      DESK_ADDR: desk,
      DESK_BASE_URL: this.url,
      DESK_DATA_DIR: join(this.dir, 'data'),
      DESK_ADMIN_PASSWORD: password,
      DESK_LOG_LEVEL: 'warn',
      TZ: 'Asia/Shanghai',
    }
    return { desk, phone, env }
  }

  async close(): Promise<void> {
    await Promise.all([this.program, ...this.others].map((program) => program.stop()))
    await rm(this.dir, { recursive: true, force: true })
  }
}

/** The demo: the fictional city, its people and its library, and the simulator in one process. */
class DemoDesk extends Desk {
  constructor(
    private readonly bot: boolean,
    private readonly settings: Record<string, string> = {},
  ) {
    super()
  }

  async open(): Promise<void> {
    const { phone, env } = await this.prepare()
    this.program = new Program(['demo', '--phone', phone], { ...env, ...this.settings }, `${this.url}/readyz`)
    await this.program.start()
    if (!this.bot) await this.silenceBot()
  }

  /** Leaves every question to people. */
  private async silenceBot(): Promise<void> {
    const admin = await this.as('admin')
    const { items } = await admin.get<{ items: { id: string; bot: { enabled: boolean } }[] }>('/accounts')
    for (const { id, bot } of items) if (bot.enabled) await admin.patch(`/accounts/${id}`, { bot: { enabled: false } })
  }
}

/** The demo with a model that writes drafts: a fake one, which plays what the test says. */
class DraftingDesk extends DemoDesk {
  readonly model = new Model()

  constructor() {
    super(false)
  }

  protected override async prepare(): ReturnType<Desk['prepare']> {
    await this.model.start()
    const { env, ...addresses } = await super.prepare()
    const llm = { DESK_LLM_BASE_URL: this.model.url, DESK_LLM_MODEL: 'fake-model', DESK_LLM_API_KEY: 'fake-journey-key' }
    return { ...addresses, env: { ...env, ...llm } }
  }

  override async close(): Promise<void> {
    await super.close()
    await this.model.stop()
  }
}

/** The demo with the robot of a chat group, which lives on this machine. */
class NotifyingDesk extends DemoDesk {
  readonly robot = new Robot()

  constructor() {
    super(false)
  }

  protected override async prepare(): ReturnType<Desk['prepare']> {
    await this.robot.start()
    const { env, ...addresses } = await super.prepare()
    const robots = { DESK_NOTIFY_ALLOW_HTTP: 'true', DESK_NOTIFY_ALLOWED_NETWORKS: '127.0.0.0/8' }
    return { ...addresses, env: { ...env, ...robots } }
  }

  override async close(): Promise<void> {
    await super.close()
    await this.robot.stop()
  }
}

/** An empty desk, and the simulator in another process that lives on when the desk dies. */
class PlainDesk extends Desk {
  async open(): Promise<void> {
    const { phone, env } = await this.prepare()
    this.program = new Program(['serve'], { ...env, DESK_WECHAT_API_BASE: this.platform.url }, `${this.url}/readyz`)
    await this.program.start()
    const account = {
      app_id: 'wxjourney00000001',
      app_secret: 'fake-journey-secret',
      token: 'fakejourneytoken',
      encoding_aes_key: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG',
      mode: 'safe',
    }
    const admin = await this.as('admin')
    const made = await admin.post<{ webhook_url: string }>('/accounts', {
      platform: 'wechat', name: '安澜发布', settings: account, bot: { enabled: false },
    })
    await admin.post('/users', {
      username: 'li.min', name: '李敏', role: 'staff', password, all_accounts: true, account_ids: [],
    })
    const simulator = new Program(
      [
        'simulate', '--addr', phone, '--state', join(this.dir, 'simulator.jsonl'), '--callback', made.webhook_url,
        '--app-id', account.app_id, '--secret', account.app_secret, '--token', account.token, '--key', account.encoding_aes_key,
      ],
      env,
      `${this.platform.url}/phone`,
    )
    this.others.push(simulator)
    await simulator.start()
  }
}

function forThisFile<T extends Desk & { open(): Promise<void> }>(desk: T): T {
  test.beforeAll(() => desk.open())
  test.afterAll(() => desk.close())
  test.afterEach(async ({ browserName: _ }, info) => {
    if (info.status !== info.expectedStatus) await info.attach('desk.log', { body: desk.log, contentType: 'text/plain' })
    expect(desk.log, 'the desk never panics').not.toMatch(/^panic:|msg="?(handler )?panic/m)
  })
  return desk
}

/** Starts a demo desk, with other settings, before the tests of the file and ends it after them; only people answer unless bot is true. */
export const demoDesk = ({ bot = false, settings = {} }: { bot?: boolean; settings?: Record<string, string> } = {}) =>
  forThisFile(new DemoDesk(bot, settings))

/** Starts a demo desk that has a model before the tests of the file. */
export const draftingDesk = () => forThisFile(new DraftingDesk())

/** Starts a demo desk that may send to a robot on this machine before the tests of the file. */
export const notifyingDesk = () => forThisFile(new NotifyingDesk())

/** Starts an empty desk and a simulator beside it, one of which may be killed. */
export const plainDesk = () => forThisFile(new PlainDesk())
