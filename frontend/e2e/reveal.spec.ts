// What a citizen wrote of themselves is shown to who needs it, for a reason.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()
const phoneSize = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }
const number = '13800138000'

test('a number is veiled until somebody says why it has to be read', async ({ visit }) => {
  test.slow() // three screens, each looked at for accessibility
  const { id } = await desk.ask(`路灯坏了，我的电话${number}，请回电`)
  const page = await visit(desk, { as: 'li.min', path: `/inbox/${id}` })
  const li = new Inbox(page)
  await li.ready()
  const message = page.getByTestId('thread-message').last()
  await expect(message).toContainText('路灯坏了，我的电话〔电话〕，请回电')
  expect(await page.content(), 'nowhere on the page').not.toContain(number)
  await message.getByRole('button', { name: '显示个人信息' }).click()
  const dialog = page.getByRole('dialog', { name: '显示个人信息' })
  await dialog.getByLabel('查看理由').fill('核实路灯位置')
  await expectAccessible(page, 'revealing', '[role="dialog"]')
  await page.screenshot({ path: 'test-results/reveal-asks.png' })
  await dialog.getByRole('button', { name: '显示', exact: true }).click()
  await expect(message).toContainText(number)
  await expect(message).toContainText('个人信息显示至')
  await expectAccessible(page, 'a revealed message')
  await page.screenshot({ path: 'test-results/reveal-shown.png' })

  // Another colleague does not read it for that; who leads does, and reads why.
  const audit = await visit(desk, { as: 'zhou.min', path: '/audit', settings: { theme: 'dark' } })
  const row = audit.getByTestId('audit-rows').getByRole('listitem').filter({ hasText: '查看个人信息' })
  await row.getByText('查看个人信息').first().click()
  await expect(row).toContainText('核实路灯位置')
  await expect(row).toContainText('李敏')
  await audit.goto(`/inbox/${id}`)
  await expect(audit.getByTestId('thread-message').last()).toContainText(number)
})

test('a department reads a number on the phone, for a reason', async ({ visit }) => {
  const { id } = await desk.ask(`身份证丢了，我的电话${number}`)
  const { user } = await (await desk.as('wang.tao')).get<{ user: { department: { id: string } } }>('/session')
  await (await desk.as('zhou.min')).post(`/tickets/${id}/escalations`, { department_id: user.department.id })
  const { items } = await (await desk.as('wang.tao')).get<{ items: { id: string }[] }>(`/tickets/${id}/escalations`)
  const page = await visit(desk, { as: 'wang.tao', path: `/liaison/${items[0]!.id}`, settings: { locale: 'en' }, browser: phoneSize })
  const story = page.getByTestId('citizen-words')
  await expect(story).toContainText('身份证丢了，我的电话〔电话〕')
  await page.getByRole('button', { name: 'Show personal data' }).click()
  const dialog = page.getByRole('dialog', { name: 'Show personal data' })
  await dialog.getByRole('button', { name: 'To call the citizen back' }).click()
  await page.screenshot({ path: 'test-results/reveal-phone.png' })
  await dialog.getByRole('button', { name: 'Show', exact: true }).click()
  await expect(story).toContainText(number)
  await expectAccessible(page, 'a revealed message on the phone')
})

test('whoever takes a ticket up reads what its citizen wrote', async ({ visit }) => {
  const { id } = await desk.ask(`楼道灯不亮，请打${number}`)
  const page = await visit(desk, { as: 'li.min', path: `/inbox/${id}` })
  const li = new Inbox(page)
  await li.ready()
  const message = page.getByTestId('thread-message').last()
  await expect(message).toContainText('〔电话〕')
  const { user } = await (await desk.as('li.min')).get<{ user: { id: string } }>('/session')
  await (await desk.as('li.min')).post(`/tickets/${id}/assign`, { assignee_id: user.id })
  await expect(message).toContainText(number)
  await expect(message.getByRole('button', { name: '显示个人信息' })).toHaveCount(0)
})
