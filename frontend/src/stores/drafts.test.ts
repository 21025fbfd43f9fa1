import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Draft } from '@/api/drafts'
import type { ApiError } from '@/api/client'
import { at, makeMessage, makeReply, makeSession, makeTicket } from '@/testing/make'
import { fakeServer, flush, Problem } from '@/testing/server'
import { useComposer } from './composer'
import { useDrafts } from './drafts'
import { useSession } from './session'
import { useThread } from './thread'

const message = makeMessage('1', { at: at('09:00:00') })
const proposal = makeReply('5', {
  at: at('09:01:00'),
  text: '请到派出所办理',
  origin: 'llm',
  state: 'in_review',
  author: null,
  draft_id: '2',
})
const draft: Draft = {
  id: '2',
  model: 'm',
  state: 'in_review',
  text: proposal.text,
  citations: [{ entry_id: '4', revision: 2, question: '居住证怎么办理' }],
  doubts: [],
  masked: 1,
  prompt: '{}',
  reply: proposal,
  created_at: at('09:01:00'),
}

/** An answer that streams what the test sends, when it sends it. */
function streaming() {
  let controller!: ReadableStreamDefaultController<Uint8Array>
  let cancelled = false
  const stream = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: () => void (cancelled = true),
  })
  const send = async (name: string, data: unknown) => {
    const text = `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
    controller.enqueue(new TextEncoder().encode(text))
    await flush()
  }
  return {
    stream,
    send,
    end: async () => {
      controller.close()
      await flush()
    },
    cut: async () => {
      controller.error(new TypeError('network error'))
      await flush()
    },
    wasCancelled: () => cancelled,
  }
}

let timeline: { items: unknown[]; last_event: number }

async function desk() {
  timeline = { items: [message], last_event: 10 }
  const server = fakeServer({
    'GET /tickets/7': makeTicket('7'),
    'GET /tickets/7/timeline': () => timeline,
    'GET /tickets/7/suggestions': { items: [] },
    'GET /drafts/2': draft,
    'POST /drafts/2/stop': null,
  })
  const json = globalThis.fetch
  const model = streaming()
  let signal: AbortSignal | undefined
  let accepts: string | null = ''
  vi.stubGlobal('fetch', (request: Request) => {
    if (!request.url.endsWith('/drafts') || request.method !== 'POST') return json(request)
    signal = request.signal
    accepts = request.headers.get('Accept')
    return Promise.resolve(
      new Response(model.stream, { headers: { 'Content-Type': 'text/event-stream' } }),
    )
  })
  useComposer().open('7')
  await useThread().open('7')
  return {
    server,
    model,
    plain: () => vi.stubGlobal('fetch', json),
    signal: () => signal,
    accepts: () => accepts,
    drafts: useDrafts(),
    thread: useThread(),
  }
}

beforeEach(() => {
  sessionStorage.clear()
  setActivePinia(createPinia())
  useSession().current = makeSession()
})

describe('a draft', () => {
  it('shows its pieces as they come, then what was verified', async () => {
    const { drafts, model, accepts } = await desk()
    void drafts.ask()
    await flush()
    expect([drafts.status, drafts.isOpen, accepts()]).toEqual(['writing', true, 'text/event-stream'])
    await model.send('delta', { text: '请到' })
    await model.send('delta', { text: '派出所' })
    expect(drafts.text).toBe('请到派出所')
    expect(drafts.reply).toBeUndefined()
    await model.send('draft', draft)
    expect([drafts.status, drafts.text, drafts.shown]).toEqual(['written', '请到派出所办理', '5'])
  })

  it('is not asked for where no model is set up, nor by who only reads', async () => {
    const { drafts } = await desk()
    const session = makeSession()
    for (const change of [{ features: { drafts: false } }, { permissions: ['tickets.read' as const] }]) {
      useSession().current = { ...session, ...change }
      await drafts.ask()
      expect([drafts.allowed, drafts.status]).toEqual([false, 'idle'])
    }
  })

  it('that is stopped ends the request and keeps nothing', async () => {
    const { server, drafts, model, signal } = await desk()
    void drafts.ask()
    await flush()
    await model.send('begun', { id: '2' })
    await model.send('delta', { text: '请到' })
    drafts.stop()
    await flush()
    expect([drafts.status, drafts.text, signal()?.aborted]).toEqual(['stopped', '', true])
    expect(server.last('POST /drafts/2/stop')).toBeDefined()
    drafts.back()
    expect(drafts.isOpen).toBe(false)
  })

  it('that is stopped before the server has told its id is stopped then', async () => {
    const { server, drafts, model, signal } = await desk()
    void drafts.ask()
    await flush()
    drafts.stop()
    await flush()
    expect([drafts.status, server.last('POST /drafts/2/stop')]).toEqual(['stopped', undefined])
    await model.send('begun', { id: '2' })
    expect(server.last('POST /drafts/2/stop')).toBeDefined()
    expect([drafts.status, signal()?.aborted]).toEqual(['stopped', true])
  })

  it('that is there is not stopped when its panel is put away', async () => {
    const { server, drafts, model } = await desk()
    void drafts.ask()
    await flush()
    await model.send('begun', { id: '2' })
    await model.send('draft', draft)
    drafts.close()
    await flush()
    expect(server.last('POST /drafts/2/stop')).toBeUndefined()
  })

  it('for a ticket that was left does not appear in the next one', async () => {
    const { drafts, thread, model, signal } = await desk()
    void drafts.ask()
    await flush()
    await model.send('begun', { id: '2' })
    await thread.open('')
    expect(drafts.isOpen).toBe(false)
    drafts.close()
    await model.send('delta', { text: '请到' }).catch(() => undefined)
    expect([drafts.text, signal()?.aborted]).toEqual(['', true])
  })

  it('that is refused midway leaves no preview behind', async () => {
    const { drafts, model } = await desk()
    void drafts.ask()
    await flush()
    await model.send('delta', { text: '拨打 12345678' })
    await model.send('problem', {
      status: 409,
      code: 'conflict',
      reason: 'not_grounded',
      detail: '草稿中有知识条目里没有的号码，未被采用，请人工撰写',
    })
    expect([drafts.status, drafts.text]).toEqual(['refused', ''])
    expect(drafts.error).toMatchObject({ reason: 'not_grounded', code: 'conflict', status: 409 })
    expect(model.wasCancelled()).toBe(true)
  })

  it('that is refused before it begins says why', async () => {
    const { drafts, server, plain } = await desk()
    plain()
    server.on(
      'POST /tickets/7/drafts',
      new Problem(404, { code: 'not_found', reason: 'drafts_off', detail: '没有配置起草模型' }),
    )
    await drafts.ask()
    expect(drafts.status).toBe('refused')
    expect((drafts.error as ApiError).reason).toBe('drafts_off')
  })

  it.each(['end', 'cut'] as const)('whose stream breaks off (%s) is none', async (how) => {
    const { drafts, model } = await desk()
    void drafts.ask()
    await flush()
    await model.send('delta', { text: '请到' })
    await model[how]()
    expect([drafts.status, drafts.text]).toEqual(['refused', ''])
    expect((drafts.error as ApiError).code).toBe('network')
  })

  it('goes stale with the thread, there and in the composer', async () => {
    const { drafts, thread, model } = await desk()
    const asking = drafts.ask()
    await flush()
    timeline = { items: [message, proposal], last_event: 11 }
    await model.send('draft', draft)
    await asking
    await thread.reload()
    useComposer().revise(draft.text, draft.id)
    expect([drafts.stale(drafts.reply!), drafts.staleInComposer]).toEqual([undefined, undefined])
    drafts.outdate(draft.id) // the server found that an entry it rests on has changed
    expect([drafts.stale(drafts.reply!), drafts.staleInComposer]).toEqual(['ground', 'ground'])
    const more = makeMessage('2', { at: at('09:02:00') })
    timeline = { items: [message, proposal, more], last_event: 12 }
    await thread.reload()
    expect([drafts.stale(drafts.reply!), drafts.staleInComposer]).toEqual(['message', 'message'])
    useComposer().makeOwn()
    expect(drafts.staleInComposer).toBeUndefined()
  })

  it('is looked up once, however often it is shown', async () => {
    const { drafts, server } = await desk()
    expect((await drafts.load('2')).citations[0]?.entry_id).toBe('4')
    await drafts.load('2')
    expect(server.count('GET /drafts/2')).toBe(1)
  })
})

describe('a model’s text in the thread', () => {
  it('is no news while it waits, and news when a colleague lets it out', async () => {
    const { thread } = await desk()
    thread.setWriting(true)
    timeline = { items: [message, proposal], last_event: 11 }
    await thread.reload()
    expect(thread.moved).toEqual([])
    const out = { ...proposal, state: 'sent' as const, reviewer: { id: '4', name: '周敏' } }
    timeline = { items: [message, out], last_event: 13 }
    await thread.reload()
    expect(thread.moved.map((item) => item.id)).toEqual(['5'])
  })

  it('is no news when the person let it out', async () => {
    const { thread } = await desk()
    thread.setWriting(true)
    timeline = { items: [message, { ...proposal, state: 'sent', reviewer: { id: '3', name: '李敏' } }], last_event: 13 }
    await thread.reload()
    expect(thread.moved).toEqual([])
  })
})
