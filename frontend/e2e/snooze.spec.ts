// A ticket is put off: out of the lists, with its clock running, and back at its
// time, with the citizen's next message, or when somebody says so.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()

test('z puts a ticket off; a message, an undo and its time bring it back', async ({ visit }) => {
  const { citizen, id } = await desk.ask('小区的健身器材坏了')
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  const page = li.page
  await li.ready()
  await page.getByTestId('thread').focus()
  await page.keyboard.press('z')
  const dialog = page.getByRole('dialog', { name: '稍后处理' })
  // Beyond the deadline nothing can be chosen, and the page says why.
  await expect(dialog).toContainText('时限照常计算')
  await dialog.getByLabel('其他时间').fill('2099-01-01T09:00')
  await expect(dialog.getByText(/须早于时限/)).toBeVisible()
  await expect(dialog.getByRole('button', { name: '稍后处理', exact: true })).toBeDisabled()
  await expectAccessible(page, 'putting a ticket off')
  await dialog.getByRole('button', { name: /一小时后/ }).click()
  await dialog.getByRole('button', { name: '稍后处理', exact: true }).click()
  await expect(dialog).toHaveCount(0)
  const banner = page.getByTestId('snoozed')
  await expect(banner).toContainText('时限照常计算')
  await expect(li.clock).toContainText('剩')

  await page.keyboard.press('u')
  await expect(banner).toHaveCount(0)
  await page.keyboard.press('z')
  await dialog.getByRole('button', { name: /一小时后/ }).click()
  await dialog.getByRole('button', { name: '稍后处理', exact: true }).click()
  await expect(banner).toBeVisible()

  const views = page.getByRole('group', { name: '视图', exact: true })
  await views.getByRole('button', { name: /稍后/ }).click()
  await expect(li.row(id)).toBeVisible()
  await expect(views.getByRole('button', { name: /^1\s*稍后/ })).toBeVisible()
  await expectAccessible(page, 'what is put off')
  await views.getByRole('button', { name: /待处理/ }).click()
  await expect(li.rows.first()).toBeVisible()
  await expect(li.row(id)).toHaveCount(0)

  await desk.platform.tell(citizen, '今天还能修好吗')
  await expect(banner).toHaveCount(0)
  await expect(page.getByTestId('thread')).toContainText('市民来了新消息，结束稍后处理')

  // The desk brings it back by itself, and tells who put it off.
  const api = await desk.as('li.min')
  await api.post(`/tickets/${id}/snooze`, { until: new Date(Date.now() + 2_000).toISOString() })
  await expect(banner).toBeVisible()
  await expect(banner).toHaveCount(0)
  await expect(page.getByTestId('thread')).toContainText('稍后处理时间到')
  await expect
    .poll(async () => {
      const { items } = await api.get<{ items: { event: string }[] }>('/notices')
      return items.map((notice) => notice.event)
    })
    .toContain('ticket.woken')
})

test('several are put off at once, on a phone too', async ({ visit }) => {
  const first = await desk.ask('井盖松动一')
  const second = await desk.ask('井盖松动二')
  const phone = new Inbox(await visit(desk, { as: 'zhang.wei', path: '/inbox?q=井盖松动', browser: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } }))
  const page = phone.page
  await expect(phone.rows).toHaveCount(2)
  await page.getByRole('button', { name: '选择多件' }).click()
  await phone.row(first.id).click()
  await phone.row(second.id).click()
  await page.getByTestId('ticket-bulk').getByRole('button', { name: '稍后' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: /一小时后/ }).click()
  await expectAccessible(page, 'putting several off on a phone')
  await dialog.getByRole('button', { name: '2 件稍后处理' }).click()
  await expect(dialog).toHaveCount(0)
  await page.goto(`${desk.url}/inbox?view=snoozed`)
  await expect(phone.row(second.id)).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
})
