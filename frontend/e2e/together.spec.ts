// Two people on one ticket see each other, and nobody answers past the other.
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()

test('two staff see each other, and the second reply waits until the first was read', async ({ visit, watch }) => {
  const { citizen, id } = await desk.ask('孩子落户要哪些材料')
  const path = `/inbox/${id}`
  const li = new Inbox(await visit(desk, { as: 'li.min', path }))
  await li.ready()
  await expect(li.presence).toBeEmpty()
  const zhang = new Inbox(await visit(desk, { as: 'zhang.wei', path }))
  await zhang.ready()
  await expect(li.presence).toContainText('张伟 正在查看')
  await expect(zhang.presence).toContainText('李敏 正在查看')

  await zhang.composer.fill('您好，请携带出生医学证明')
  await expect(li.presence).toContainText('张伟 正在输入')
  await li.composer.fill('您好，请带户口簿和出生医学证明到派出所。')
  await expect(zhang.presence).toContainText('李敏 正在输入')

  await li.composer.press('Control+Enter')
  await expect(li.replies).toHaveAttribute('data-state', 'sent')
  await expect(li.composer).toHaveValue('')

  // The news reach whoever still writes; the server would refuse anyway.
  watch.expect(/^answer: 409 POST .*\/replies$/)
  await expect(zhang.moved).toContainText('请带户口簿和出生医学证明到派出所')
  const refused = zhang.page.waitForResponse((answer) => answer.request().method() === 'POST' && answer.url().endsWith('/replies'))
  await zhang.composer.press('Control+Enter')
  const answer = await refused
  expect(answer.status()).toBe(409)
  expect(await answer.json()).toMatchObject({ code: 'conflict', reason: 'thread_moved' })
  await expect(zhang.composer).toHaveValue('您好，请携带出生医学证明')
  await expect(zhang.moved).toContainText('李敏')
  await expect(zhang.replies).toHaveCount(1)
  expect(await desk.platform.answers(citizen)).toHaveLength(1)

  await zhang.moved.getByRole('button', { name: '已阅读，仍然发送' }).click()
  await expect(zhang.moved).toBeHidden()
  await expect(zhang.composer).toHaveValue('')
  await expect(zhang.reply('请携带出生医学证明')).toHaveAttribute('data-state', 'sent')
  await expect(li.reply('请携带出生医学证明')).toHaveAttribute('data-state', 'sent')
  expect(await desk.platform.answers(citizen)).toEqual([
    '您好，请带户口簿和出生医学证明到派出所。',
    '您好，请携带出生医学证明',
  ])

  await zhang.page.goto('/inbox')
  await expect(li.presence).toBeEmpty()
})

test('a citizen who writes on meanwhile is read before the reply goes', async ({ visit, watch }) => {
  const { citizen, id } = await desk.ask('老人公交卡怎么办')
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  await li.composer.fill('您好，请到任一公交充值点办理。')
  await desk.platform.tell(citizen, '不用了，已经办好了')
  await expect(li.moved).toContainText('不用了，已经办好了')
  watch.expect(/^answer: 409 POST .*\/replies$/)
  await li.composer.press('Control+Enter')
  await expect(li.composer).toBeEditable()
  await expect(li.composer).toHaveValue('您好，请到任一公交充值点办理。')
  expect(await desk.platform.answers(citizen)).toEqual([])
  // Who gives the draft up has nothing left to confirm.
  await li.composer.fill('')
  await expect(li.moved).toBeHidden()
})

test('what a colleague does to a ticket shows in the other list at once', async ({ visit }) => {
  const { id } = await desk.ask('路边停车收费吗')
  const li = new Inbox(await visit(desk, { as: 'li.min', path: '/inbox?view=all' }))
  await expect(li.connection).toHaveAttribute('data-state', 'online')
  await expect(li.row(id)).toContainText('待受理')
  const zhang = await desk.as('zhang.wei')
  const { user } = await zhang.get<{ user: { id: string } }>('/session')
  await zhang.post(`/tickets/${id}/assign`, { assignee_id: user.id })
  await expect(li.row(id)).toContainText('受理中')
  await expect(li.row(id).getByLabel('张伟')).toBeVisible()
})
