// Both directions are checked: what must not leave does not, what needs approval
// waits for another person, and a citizen in danger comes first.
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()

test('a blocked word is shown and refused, and the changed text goes out', async ({ visit, watch }) => {
  const { citizen, id } = await desk.ask('路灯坏了找谁修')
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  await li.composer.fill('您别胡搅蛮缠，路灯归城管局管。')
  const found = li.page.getByRole('list', { name: '检查结果' }).getByRole('listitem')
  await expect(found).toHaveCount(1)
  await expect(found).toContainText('禁止')
  await expect(found).toContainText('“胡搅蛮缠”不得出现在答复中')

  watch.expect(/^answer: 422 POST .*\/replies$/)
  await li.send.click()
  await expect(li.page.getByRole('alert')).toHaveText('答复含有不得发送的内容，请修改。您写的内容还在。')
  await expect(li.composer).toHaveValue('您别胡搅蛮缠，路灯归城管局管。')
  expect(await desk.platform.answers(citizen)).toEqual([])

  await li.answer('您好，路灯归城管局管，请拨打12319。')
  await expect(li.reply('请拨打12319')).toHaveAttribute('data-state', 'sent')
  await expect(found).toHaveCount(0)
  expect(await desk.platform.answers(citizen)).toEqual(['您好，路灯归城管局管，请拨打12319。'])
})

test('a rule sends a reply through the queue, where another person approves it', async ({ visit }) => {
  const zhou = await visit(desk, { as: 'zhou.min', path: '/rules/approvals' })
  await zhou.getByRole('button', { name: '添加规则' }).click()
  const dialog = zhou.getByRole('dialog', { name: '添加规则' })
  await dialog.getByLabel('名称').fill('私信一审')
  await dialog.getByLabel('答复方式').selectOption('private')
  await dialog.getByLabel('文本来源').selectOption('staff')
  await dialog.getByRole('button', { name: '添加' }).click()
  await expect(zhou.getByTestId('approval-rules').getByRole('listitem')).toContainText(['私信一审'])

  const { citizen, id } = await desk.ask('图书馆周一开门吗')
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  await li.composer.fill('您好，周一闭馆，周二至周日开放。')
  await expect(li.send).toContainText('提交审核')
  await li.send.click()
  await expect(li.replies).toHaveAttribute('data-state', 'in_review')
  expect(await desk.platform.answers(citizen)).toEqual([])

  await zhou.goto('/approvals')
  await zhou.locator('[data-review-id]', { hasText: '图书馆周一开门吗' }).click()
  await expect(zhou.getByRole('heading', { level: 2 })).toHaveText('图书馆周一开门吗')
  await zhou.keyboard.press('a')
  await expect(zhou.locator('[data-review-id]', { hasText: '图书馆周一开门吗' })).toHaveCount(0)
  await expect(li.replies).toHaveAttribute('data-state', 'sent')
  expect(await desk.platform.answers(citizen)).toEqual(['您好，周一闭馆，周二至周日开放。'])
})

test('a word of the lists raises what a citizen writes', async ({ visit }) => {
  const zhou = await visit(desk, { as: 'zhou.min', path: '/rules/words' })
  await zhou.getByRole('button', { name: '添加词语' }).click()
  const dialog = zhou.getByRole('dialog', { name: '添加词语' })
  await dialog.getByLabel('词语').fill('电梯困人')
  await dialog.getByText('紧急', { exact: true }).click()
  await dialog.getByText('来信', { exact: true }).click()
  await dialog.getByRole('button', { name: '添加' }).click()
  await expect(dialog).toHaveCount(0)
  await zhou.getByRole('searchbox', { name: '搜索词语' }).fill('电梯困')
  await expect(zhou.getByTestId('words').getByRole('listitem')).toHaveCount(1)
  await zhou.getByRole('region', { name: '试一试' }).getByText('来信', { exact: true }).click()
  await zhou.getByLabel('要检查的话').fill('电 梯 困 人 了')
  await expect(zhou.getByRole('list', { name: '检查结果' })).toContainText('紧急')

  const { id } = await desk.ask('我们楼电梯·困人，快来')
  const li = await desk.as('li.min')
  expect(await li.get<{ priority: string }>(`/tickets/${id}`)).toMatchObject({ priority: 'urgent' })
  const inbox = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await inbox.ready()
  await expect(inbox.page.getByTestId('thread').getByText('紧急').first()).toBeVisible()
})
