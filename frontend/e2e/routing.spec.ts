// Rules that propose a department: made by a supervisor, seen when a ticket is
// given to a department, and counted by what the person chose.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()

test('a rule proposes a department, and the counts show who agreed', async ({ visit }) => {
  const boss = await visit(desk, { as: 'zhou.min', path: '/rules/routing' })
  await boss.getByRole('button', { name: '添加规则' }).click()
  const dialog = boss.getByRole('dialog')
  await dialog.getByLabel('名称').fill('窨井盖')
  await dialog.getByLabel('词语').fill('窨井、井盖\n下水道')
  const [first] = (await dialog.getByLabel('建议的承办单位').locator('option').allTextContents()).filter((text) => text.includes('城市管理'))
  await dialog.getByLabel('建议的承办单位').selectOption({ label: first! })
  await expectAccessible(boss, 'a routing rule', '[role="dialog"]')
  await dialog.getByRole('button', { name: '添加', exact: true }).click()
  const row = boss.getByTestId('routing-rules').getByRole('listitem').filter({ hasText: '窨井盖' })
  await expect(row).toContainText('城市管理局')
  await expect(row).toContainText('还没有用过')
  await expectAccessible(boss, 'routing rules')

  const { id } = await desk.ask('路上的窨*井*盖不见了，很危险')
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  await li.page.keyboard.press('t')
  const give = li.page.getByRole('dialog', { name: '转办到承办单位' })
  await expect(give.getByTestId('proposals')).toContainText('建议：城市管理局')
  await expect(give.getByTestId('proposals')).toContainText('含“窨井')
  await expect(give.getByLabel('承办单位').locator('option:checked')).toHaveText(first!)
  await expectAccessible(li.page, 'a proposal', '[role="dialog"]')
  await give.getByRole('button', { name: '转办', exact: true }).click()
  await expect(li.page.getByTestId('escalations')).toContainText('待签收')
  await boss.reload()
  await expect(row).toContainText('建议 1 次，采纳 1 次')

  await row.getByRole('button', { name: /停用/ }).click()
  await expect(row.getByRole('button', { name: /启用/ })).toBeVisible()
  await row.getByRole('button', { name: /删除/ }).click()
  await expect(row).toHaveCount(0)
})
