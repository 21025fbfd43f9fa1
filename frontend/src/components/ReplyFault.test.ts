import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import type { ReplyItem } from '@/api/timeline'
import { at, makeReply } from '@/testing/make'
import { mount } from '@/testing/mount'
import ReplyFault from './ReplyFault.vue'

beforeEach(() => setActivePinia(createPinia()))

type Outcome = ReplyItem['deliveries'][number]['outcome']

async function fault(state: ReplyItem['state'], outcome: Outcome, attempts = 1) {
  const deliveries = Array.from({ length: attempts }, (_, i) => ({
    attempt: i + 1,
    started_at: at('02:00:00'),
    outcome,
    code: '45015',
    message: '已超过可回复时限（errcode 45015: out of time rid: 7）',
  }))
  const error = { code: '45015', message: '已超过可回复时限' }
  const mounted = await mount(ReplyFault, { reply: makeReply('9', { state, error, deliveries }) })
  const { textContent, innerHTML } = mounted.root
  mounted.unmount()
  return { text: textContent, html: innerHTML }
}

it('says what happened and what to do, and the code once', async () => {
  const { text, html } = await fault('failed', 'window_closed')
  expect(text).toContain('已超过可回复时限')
  expect(text).toContain('市民再次来信后才能答复')
  expect(text.match(/45015/g)).toHaveLength(1)
  expect(text).not.toContain('rid')
  expect(html).toContain('rid: 7')
})

it.each([
  ['failed', 'credentials', '管理员'],
  ['failed', 'never', '原样重发不会成功'],
  ['failed', 'again', '自动重试'],
  ['failed', undefined, '没有送达'],
  ['unknown', 'unknown', '先到平台核实'],
] as const)('a %s reply with outcome %s says: %s', async (state, outcome, says) => {
  expect((await fault(state, outcome)).text).toContain(says)
})

it('counts the attempts when there were several', async () => {
  expect((await fault('failed', 'again', 3)).text).toContain('共尝试 3 次')
  expect((await fault('failed', 'again')).text).not.toContain('共尝试')
})
