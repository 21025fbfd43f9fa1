import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nextTick } from 'vue'
import type { Ticket } from '@/api/tickets'
import { makeReply, makeSession, makeTicket } from '@/testing/make'
import { mount } from '@/testing/mount'
import { fakeServer, flush } from '@/testing/server'
import { useComposer } from '@/stores/composer'
import { useSession } from '@/stores/session'
import { useThread } from '@/stores/thread'
import ComposerBox from './ComposerBox.vue'

let mounted: Awaited<ReturnType<typeof mount>> | undefined

beforeEach(() => {
  sessionStorage.clear()
  setActivePinia(createPinia())
  useSession().current = makeSession()
})
afterEach(() => mounted?.unmount())

async function box(change: Partial<Ticket> = {}) {
  const ticket = makeTicket('7', { limits: { max_bytes: 30, max_runes: 0 }, ...change })
  const server = fakeServer({
    'GET /tickets/7': ticket,
    'GET /tickets/7/timeline': { items: [], last_event: 10 },
    'GET /tickets/7/suggestions': { items: [] },
    'POST /tickets/7/replies': makeReply('9'),
    'POST /tickets/7/notes': { type: 'note', id: '1', at: '', text: '', author: null, mentions: [], departments: [] },
  })
  useComposer().open('7')
  await useThread().open('7')
  mounted = await mount(ComposerBox, { ticket })
  const area = mounted.find<HTMLTextAreaElement>('[data-testid="composer-text"]')
  const type = async (text: string) => {
    area.value = text
    area.dispatchEvent(new Event('input'))
    await nextTick()
  }
  const press = async (init: KeyboardEventInit & { keyCode?: number }) => {
    area.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }))
    await flush()
    await nextTick()
  }
  return {
    server,
    area,
    type,
    press,
    send: mounted.find<HTMLButtonElement>('[data-testid="composer-send"]'),
  }
}

describe('the composer', () => {
  it('sends with Ctrl+Enter and with Cmd+Enter and empties the field', async () => {
    for (const modifier of [{ ctrlKey: true }, { metaKey: true }]) {
      const { server, area, type, press } = await box()
      await type('您好')
      await press({ key: 'Enter', ...modifier })
      expect(server.last('POST /tickets/7/replies')?.body).toEqual({ text: '您好', seen_event: 10 })
      expect(area.value).toBe('')
      mounted?.unmount()
    }
  })

  it('does not send on Enter alone, nor while an input method composes', async () => {
    const { server, type, press } = await box()
    await type('nihao')
    await press({ key: 'Enter' })
    await press({ key: 'Enter', ctrlKey: true, isComposing: true })
    await press({ key: 'Enter', ctrlKey: true, keyCode: 229 })
    expect(server.count('POST /tickets/7/replies')).toBe(0)
  })

  it('sends once, however often the keys are pressed', async () => {
    const { server, type, press } = await box()
    await type('您好')
    await Promise.all([
      press({ key: 'Enter', ctrlKey: true }),
      press({ key: 'Enter', ctrlKey: true }),
    ])
    expect(server.count('POST /tickets/7/replies')).toBe(1)
  })

  it('counts in the channel’s bytes and refuses what is too long', async () => {
    const { server, type, press, send } = await box()
    await type('一二三四五六七八九十')
    expect(send.disabled).toBe(false)
    await type('一二三四五六七八九十一')
    expect(send.disabled).toBe(true)
    await press({ key: 'Enter', ctrlKey: true })
    expect(server.count('POST /tickets/7/replies')).toBe(0)
    expect(mounted?.root.textContent).toContain('超出 3 字节')
  })

  it('keeps the text when the server fails', async () => {
    const { server, area, type, press } = await box()
    server.on('POST /tickets/7/replies', undefined)
    await type('您好')
    await press({ key: 'Enter', ctrlKey: true })
    expect(area.value).toBe('您好')
    expect(mounted?.find('[role="alert"]').textContent).toContain('您写的内容还在')
  })

  it('says that a comment’s reply is public, and a note is not', async () => {
    await box({ kind: 'comment', post: { id: '1', title: '公积金新政', url: '' } })
    expect(mounted?.root.textContent).toContain('将公开显示在《公积金新政》下')
    expect(mounted?.find('[data-testid="composer-send"]').textContent).toContain('公开发送')
    mounted?.find('[data-testid="note-tab"]').click()
    await nextTick()
    expect(mounted?.root.textContent).not.toContain('将公开显示')
    expect(mounted?.find('[data-testid="composer-send"]').textContent).toContain('添加备注')
  })

  it('sends a note as a note', async () => {
    const { server, type, press } = await box()
    mounted?.find('[data-testid="note-tab"]').click()
    await nextTick()
    await type('已电话联系')
    await press({ key: 'Enter', ctrlKey: true })
    expect(server.last('POST /tickets/7/notes')?.body).toEqual({ text: '已电话联系' })
    expect(server.count('POST /tickets/7/replies')).toBe(0)
  })

  it('names the entry an answer came from', async () => {
    const { server, press } = await box()
    useComposer().insert('标准答案', '42')
    await nextTick()
    await press({ key: 'Enter', ctrlKey: true })
    expect(server.last('POST /tickets/7/replies')?.body).toMatchObject({
      text: '标准答案',
      entry_id: '42',
    })
  })

  it('approves a model’s draft with the text as it was changed', async () => {
    const { server, area, type, press, send } = await box({
      limits: { max_bytes: 200, max_runes: 0 },
    })
    useComposer().revise('模型写的', '9')
    await nextTick()
    expect(send.textContent).toContain('审核并发送')
    expect(mounted?.find('[data-testid="draft-strip"]').textContent).toContain('发送即由您审核通过')
    await type('我改过的')
    await press({ key: 'Enter', ctrlKey: true })
    expect(server.last('POST /tickets/7/replies')?.body).toEqual({
      text: '我改过的',
      draft_id: '9',
      seen_event: 10,
    })
    expect(area.value).toBe('')
    expect(useComposer().saved.draftId).toBe('')
  })

  it('keeps the mark of an outdated draft that became one’s own', async () => {
    const { server, type, press, send } = await box()
    const composer = useComposer()
    composer.revise('模型写的', '9')
    composer.makeOwn()
    await nextTick()
    const strip = mounted?.find('[data-testid="draft-strip"]')
    expect(strip?.textContent).toContain('保留“模型起草”的标记')
    expect(send.textContent).toContain('审核并发送')
    await type('模型写的，我改过')
    await press({ key: 'Enter', ctrlKey: true })
    expect(server.last('POST /tickets/7/replies')?.body).toEqual({
      text: '模型写的，我改过',
      draft_id: '9',
      outdated: true,
      seen_event: 10,
    })
    expect([composer.text, composer.saved.outdatedId]).toEqual(['', ''])
  })

  it('offers drafts only where a model is set up', async () => {
    await box()
    expect(mounted?.root.querySelector('[data-testid="draft-ask"]')).not.toBeNull()
    useSession().current = makeSession({ features: { drafts: false } })
    await nextTick()
    expect(mounted?.root.querySelector('[data-testid="draft-ask"]')).toBeNull()
  })
})
