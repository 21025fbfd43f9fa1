import { createPinia, setActivePinia } from 'pinia'
import { createApp } from 'vue'
import { beforeEach, describe, expect, it } from 'vitest'
import { openGaps, type Gap } from '@/api/gaps'
import { i18n } from '@/i18n'
import { useToasts } from '@/stores/toasts'
import { fakeServer, Problem } from '@/testing/server'
import { useGapActions } from './useGapActions'

const gap = (more: Partial<Gap> = {}): Gap => ({
  id: '7',
  question: '夜间可以遛狗吗',
  state: 'open',
  count: 3,
  since: 0,
  sources: { unanswered: 3, offered: 0, passed_over: 0, edited: 0, rejected: 0, unhelpful: 0 },
  first_at: '2026-11-20T01:00:00Z',
  last_at: '2026-11-22T01:00:00Z',
  ...more,
})

function actions() {
  let changes = 0
  let made!: ReturnType<typeof useGapActions>
  const app = createApp({
    setup() {
      made = useGapActions(() => changes++)
      return () => null
    },
  })
  app.use(i18n)
  app.mount(document.createElement('div'))
  return { ...made, changes: () => changes }
}

beforeEach(() => setActivePinia(createPinia()))

describe('the count of open gaps', () => {
  it('says when there are more than a page', async () => {
    const server = fakeServer({
      'GET /faq/gaps': { items: [gap(), gap({ id: '8' })], next_cursor: '' },
    })
    expect(await openGaps()).toBe('2')
    server.on('GET /faq/gaps', { items: [gap()], next_cursor: '50' })
    expect(await openGaps()).toBe('1+')
    expect(server.last('GET /faq/gaps')?.query.get('state')).toBe('open')
  })
})

describe('what is done with a gap', () => {
  it('is undone to how the gap was', async () => {
    const server = fakeServer({
      'POST /faq/gaps/7/ignore': null,
      'POST /faq/gaps/7/reopen': null,
      'POST /faq/gaps/7/link': null,
    })
    const toasts = useToasts()
    const { ignore, reopen, changes } = actions()

    expect(await ignore(gap(), '不是提问')).toBe(true)
    expect(server.last('POST /faq/gaps/7/ignore')?.body).toEqual({ reason: '不是提问' })
    await toasts.items[0]?.undo?.()
    expect(server.count('POST /faq/gaps/7/reopen')).toBe(1)

    await reopen(gap({ state: 'ignored', reason: '旧事' }))
    await toasts.items[1]?.undo?.()
    expect(server.last('POST /faq/gaps/7/ignore')?.body).toEqual({ reason: '旧事' })

    await reopen(gap({ state: 'closed', entry: { id: '12', name: '遛狗' } }))
    await toasts.items[2]?.undo?.()
    expect(server.last('POST /faq/gaps/7/link')?.body).toEqual({ entry_id: '12' })
    expect(changes()).toBe(6)
  })

  it('says why it was not done', async () => {
    fakeServer({
      'POST /faq/gaps/7/draft': new Problem(409, {
        code: 'conflict',
        reason: 'gap_drafted',
        detail: '这个问题已有条目',
      }),
    })
    const { draft, changes } = actions()
    expect(await draft(gap())).toBeUndefined()
    expect(changes()).toBe(0)
    expect(useToasts().items).toMatchObject([
      { tone: 'error', text: '这个问题已有条目，请刷新后再看。' },
    ])
  })
})
