// Many tickets at once: chosen in the list, by mouse, keyboard and on a phone,
// changed by the server one by one, and what was refused is told of.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()

interface Ticket {
  state: string
  tags: string[]
  priority: string
  assignee: { name: string } | null
  category?: string
  clocks: { id: string; due_at: string; state: string }[]
}

test('several are tagged, given away and closed; what moved meanwhile stays', async ({ visit }) => {
  const asked: Awaited<ReturnType<typeof desk.ask>>[] = []
  for (const n of [1, 2, 3]) asked.push(await desk.ask(`批量工单 ${n} 号`))
  const li = await desk.as('li.min')
  const ticket = (n: number) => li.get<Ticket>(`/tickets/${asked[n - 1]!.id}`)
  await li.post(`/tickets/${asked[0]!.id}/tags`, { tags: ['户籍'] })

  const inbox = new Inbox(await visit(desk, { as: 'li.min', path: '/inbox?view=all&q=批量工单' }))
  const page = inbox.page
  await expect(inbox.rows).toHaveCount(3)
  const box = (n: number) => page.getByRole('checkbox', { name: `批量工单 ${n} 号` })
  await inbox.row(asked[2]!.id).hover()
  await box(3).check()
  await box(1).click({ modifiers: ['Shift'] })
  const bar = page.getByTestId('ticket-bulk')
  await expect(bar).toContainText('已选 3 件')
  await expectAccessible(page, 'inbox with a selection')

  const dialog = page.getByRole('dialog')
  await bar.getByRole('button', { name: '标签' }).click()
  await dialog.getByLabel('增加标签').fill('热点，跟进')
  await dialog.getByRole('checkbox', { name: '户籍' }).check()
  await expectAccessible(page, 'bulk tags')
  await dialog.getByRole('button', { name: '修改 3 件' }).click()
  await expect(page.getByText('已处理 3 件')).toBeVisible()
  expect((await ticket(1)).tags).toEqual(['热点', '跟进'])

  await bar.getByRole('button', { name: '优先级' }).click()
  await dialog.getByText('紧急').click()
  await dialog.getByRole('button', { name: '修改 3 件' }).click()
  await expect(dialog).toHaveCount(0)
  await bar.getByRole('button', { name: '分派' }).click()
  await dialog.getByRole('option', { name: /张伟/ }).click()
  await expectAccessible(page, 'bulk assign')
  await dialog.getByRole('button', { name: '分派 3 件' }).click()
  await expect(dialog).toHaveCount(0)
  expect(await ticket(2)).toMatchObject({ priority: 'urgent', assignee: { name: '张伟' } })

  // Chosen before the citizen wrote again: it is not closed unread.
  await desk.platform.tell(asked[1]!.citizen, '我还想问一下')
  await expect(inbox.row(asked[1]!.id)).toHaveAttribute('data-unread', 'true')
  await bar.getByRole('button', { name: '办结' }).click()
  const run = dialog.getByRole('button', { name: '办结 3 件' })
  await expect(run).toBeDisabled()
  await dialog.getByRole('button', { name: '已电话答复' }).click()
  await run.click()
  await expect(page.getByTestId('bulk-result')).toContainText('已处理 2 件')
  await expect(page.getByTestId('bulk-result').getByRole('listitem')).toHaveText([/批量工单 2 号.*又有新消息/s])
  await expectAccessible(page, 'bulk result')
  expect([(await ticket(1)).state, (await ticket(2)).state, (await ticket(3)).state]).toEqual(['closed', 'open', 'closed'])
  await page.getByTestId('bulk-result').getByRole('link', { name: /批量工单 2 号/ }).click()
  await expect(dialog).toHaveCount(0)
  await expect(bar).toContainText('已选 1 件')
  await expect(page).toHaveURL(new RegExp(`/inbox/${asked[1]!.id}`))
  await page.getByTestId('thread').focus()
  await page.keyboard.press('x')
  await expect(bar).toHaveCount(0)
})

test('several are put in a category; a bulk ending is undone with the deadlines as they were', async ({ visit }) => {
  const asked = [await desk.ask('归类工单 1 号'), await desk.ask('归类工单 2 号')]
  const li = await desk.as('li.min')
  const ticket = (n: number) => li.get<Ticket>(`/tickets/${asked[n - 1]!.id}`)
  const inbox = new Inbox(await visit(desk, { as: 'li.min', path: '/inbox?view=all&q=归类工单' }))
  const page = inbox.page
  await expect(inbox.rows).toHaveCount(2)
  await inbox.row(asked[0]!.id).hover()
  await page.getByRole('checkbox', { name: '归类工单 1 号' }).check()
  await page.getByRole('checkbox', { name: '归类工单 2 号' }).check()
  const bar = page.getByTestId('ticket-bulk')
  const dialog = page.getByRole('dialog')
  await bar.getByRole('button', { name: '类别' }).click()
  await dialog.getByPlaceholder('查找或新写一个类别').fill('市容')
  await dialog.getByRole('option', { name: '使用“市容”' }).click()
  await expectAccessible(page, 'bulk category')
  await dialog.getByRole('button', { name: '修改 2 件' }).click()
  await expect(dialog).toHaveCount(0)
  expect((await ticket(1)).category).toBe('市容')

  // Ended by mistake: both stand where they stood, with the deadlines they had.
  const clocks = async () => Promise.all([1, 2].map(async (n) => (await ticket(n)).clocks.map(({ id, due_at, state }) => ({ id, due_at, state }))))
  const before = await clocks()
  await bar.getByRole('button', { name: '无需答复' }).click()
  await dialog.getByRole('button', { name: '广告或骚扰' }).click()
  await dialog.getByRole('button', { name: '标记 2 件' }).click()
  await expect(dialog).toHaveCount(0)
  expect((await ticket(2)).state).toBe('ignored')
  await page.getByRole('button', { name: '撤销' }).click()
  await expect(page.getByText('2 件已恢复原状')).toBeVisible()
  expect(await clocks()).toEqual(before)
  expect((await ticket(2)).state).toBe('new')
})

test('a phone chooses by touch, and a liaison chooses nothing', async ({ visit }) => {
  const { id } = await desk.ask('手机上批量处理')
  const phone = await visit(desk, { as: 'li.min', path: '/inbox?view=all', browser: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } })
  await phone.getByRole('button', { name: '选择多件' }).click()
  await new Inbox(phone).row(id).click()
  await expect(phone).not.toHaveURL(new RegExp(`/inbox/${id}`))
  const bar = phone.getByTestId('ticket-bulk')
  await expect(bar).toContainText('已选 1 件')
  await expectAccessible(phone, 'choosing on a phone')
  await bar.getByRole('button', { name: '无需答复' }).click()
  await phone.getByRole('dialog').getByRole('button', { name: '重复留言' }).click()
  await expectAccessible(phone, 'bulk ending on a phone')
  await phone.getByRole('dialog').getByRole('button', { name: '标记 1 件' }).click()
  await expect(bar).toHaveCount(0)
  const admin = await desk.as('admin')
  expect(await admin.get<Ticket>(`/tickets/${id}`)).toMatchObject({ state: 'ignored' })

  const liaison = await visit(desk, { as: 'wang.tao', path: '/inbox' })
  await expect(liaison).toHaveURL(/\/liaison/)
  await expect(liaison.getByRole('main').getByRole('heading').first()).toBeVisible()
  await expect(liaison.getByRole('button', { name: '选择多件' })).toHaveCount(0)
})
