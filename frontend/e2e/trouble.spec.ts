// Replies that did not arrive, or perhaps did: nothing is resent behind a
// person's back, and nothing is forgotten.
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()
test.afterEach(() => desk.platform.fault())

test('a failed reply says why, keeps the clock running, and is sent again on demand', async ({ visit }) => {
  const { citizen, id } = await desk.ask('垃圾桶满了没人清')
  const inbox = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await inbox.ready()
  await desk.platform.fault({ fault: 'ip_blocked', probability: 1 })
  await inbox.answer('您好，已通知环卫处理。')
  await expect(inbox.replies).toHaveAttribute('data-state', 'failed')
  await expect(inbox.replies).toContainText('白名单')
  await expect(inbox.replies).toContainText('40164')
  await expect(inbox.clock).toHaveAttribute('data-look', 'running')
  expect(await desk.platform.answers(citizen)).toEqual([])

  await desk.platform.fault()
  await inbox.replies.getByRole('button', { name: '重发' }).click()
  await expect(inbox.replies).toHaveAttribute('data-state', 'sent')
  await expect(inbox.clock).toHaveAttribute('data-look', 'met')
  expect(await desk.platform.answers(citizen)).toEqual(['您好，已通知环卫处理。'])
})

test('an unknown result is resent only by someone who looked', async ({ visit }) => {
  const { citizen, id } = await desk.ask('电动车在哪里上牌')
  const inbox = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await inbox.ready()
  await desk.platform.fault({ fault: 'send_reset', count: 1 })
  await inbox.answer('您好，请到社区上牌点办理。')
  await expect(inbox.replies).toHaveAttribute('data-state', 'unknown')
  await expect(inbox.clock).toHaveAttribute('data-look', 'running')
  expect(await desk.platform.answers(citizen)).toEqual([])

  await inbox.replies.getByRole('button', { name: '核实后重发' }).click()
  const dialog = inbox.page.getByRole('dialog', { name: '核实后重发' })
  const send = dialog.getByRole('button', { name: '重发' })
  await expect(send).toBeDisabled()
  await dialog.getByRole('checkbox').check()
  await send.click()
  await expect(inbox.replies).toHaveAttribute('data-state', 'sent')
  expect(await desk.platform.answers(citizen)).toEqual(['您好，请到社区上牌点办理。'])
})

test('an unknown result that did arrive is confirmed, and the citizen has it once', async ({ visit }) => {
  const { citizen, id } = await desk.ask('幼儿园什么时候报名')
  const inbox = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await inbox.ready()
  await desk.platform.fault({ fault: 'send_answer_lost', count: 1 })
  await inbox.answer('您好，每年六月报名。')
  await expect(inbox.replies).toHaveAttribute('data-state', 'unknown')
  expect(await desk.platform.answers(citizen)).toEqual(['您好，每年六月报名。'])
  await inbox.replies.getByRole('button', { name: '已核实送达' }).click()
  await expect(inbox.replies).toHaveAttribute('data-state', 'sent')
  await expect(inbox.clock).toHaveAttribute('data-look', 'met')
  expect(await desk.platform.answers(citizen)).toHaveLength(1)
})

test('a failed reply is given up, and the clock runs on', async ({ visit }) => {
  const { citizen, id } = await desk.ask('周末能办护照吗')
  const inbox = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await inbox.ready()
  await desk.platform.fault({ fault: 'ip_blocked', probability: 1 })
  await inbox.answer('您好，周末不办公。')
  await expect(inbox.replies).toHaveAttribute('data-state', 'failed')
  await desk.platform.fault()
  await inbox.replies.getByRole('button', { name: '不再发送' }).click()
  await expect(inbox.replies).toHaveAttribute('data-state', 'cancelled')
  await expect(inbox.clock).toHaveAttribute('data-look', 'running')
  expect(await desk.platform.answers(citizen)).toEqual([])
})

test('the operations page lists what did not arrive, live, and sends it again', async ({ visit }) => {
  const page = await visit(desk, { as: 'zhou.min', path: '/operations' })
  const replies = page.locator('section').filter({ hasText: '未送达的答复' })
  await expect(replies.getByRole('listitem')).toHaveCount(2) // of the demo's story

  const failed = await desk.ask('公交卡能退吗')
  const unknown = await desk.ask('游泳馆几点开')
  const li = await desk.as('li.min')
  const send = async (id: string, text: string) => {
    const { last_event } = await li.get<{ last_event: number }>(`/tickets/${id}`)
    await li.post(`/tickets/${id}/replies`, { text, seen_event: last_event })
  }
  await desk.platform.fault({ fault: 'ip_blocked', probability: 1 })
  await send(failed.id, '您好，可以到充值点退卡。')
  await expect(replies.getByRole('listitem')).toHaveCount(3)
  await desk.platform.fault({ fault: 'send_reset', count: 1 })
  await send(unknown.id, '您好，早上六点开。')
  await expect(replies.getByRole('listitem')).toHaveCount(4)
  await expect(page.getByRole('navigation', { name: '主导航' }).getByRole('button', { name: /管理/ })).toContainText('4')

  const first = replies.getByRole('listitem').filter({ hasText: '可以到充值点退卡' })
  await expect(first).toContainText('发送失败')
  await first.getByRole('button', { name: '重发' }).click()
  await expect(first).toHaveCount(0)
  await expect.poll(() => desk.platform.answers(failed.citizen)).toEqual(['您好，可以到充值点退卡。'])

  const second = replies.getByRole('listitem').filter({ hasText: '早上六点开' })
  await expect(second).toContainText('结果不明')
  await second.getByRole('button', { name: '核实后重发' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('checkbox').check()
  await dialog.getByRole('button', { name: '重发' }).click()
  await expect(second).toHaveCount(0)
  await expect.poll(() => desk.platform.answers(unknown.citizen)).toEqual(['您好，早上六点开。'])
})

test('a server that fails is said in a sentence, and the text stays', async ({ visit, watch }) => {
  const { citizen, id } = await desk.ask('地铁几号线到高铁站')
  const inbox = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await inbox.ready()
  watch.expect(/^answer: 503 POST .*\/replies$/)
  await inbox.page.route('**/replies', (route) => route.fulfill({ status: 503, body: '' }), { times: 1 })
  await inbox.answer('您好，坐三号线。')
  await expect(inbox.page.getByRole('alert')).toContainText('您写的内容还在')
  await expect(inbox.composer).toHaveValue('您好，坐三号线。')
  await inbox.composer.press('Control+Enter')
  await expect(inbox.replies).toHaveAttribute('data-state', 'sent')
  expect(await desk.platform.answers(citizen)).toEqual(['您好，坐三号线。'])
})
