// Saved views: made from the filters at hand, counted live, put in order by
// each for themselves, shared by a supervisor with all.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()

test('a filter is saved, counts what comes in, is renamed, moved and deleted', async ({ visit }) => {
  const first = await desk.ask('学校门口的红绿灯坏了')
  const admin = await desk.as('admin')
  await admin.post(`/tickets/${first.id}/tags`, { tags: ['路口'] })
  const li = new Inbox(await visit(desk, { as: 'li.min', path: '/inbox' }))
  const page = li.page
  const bar = page.getByTestId('saved-views')
  await expect(bar).toHaveCount(0) // nothing to save, nothing saved

  await page.getByRole('button', { name: '筛选' }).click()
  const filters = page.getByRole('dialog', { name: '筛选' })
  await filters.getByLabel('标签').fill('路口')
  await filters.getByLabel('标签').press('Enter')
  await expect(li.rows).toHaveCount(1)
  await expectAccessible(page, 'the filters')
  await page.keyboard.press('Escape')
  await bar.getByRole('button', { name: '存为视图' }).click()
  const dialog = page.getByRole('dialog', { name: '存为视图' })
  await expect(dialog.getByLabel('名称')).toHaveValue('路口')
  await expect(dialog.getByRole('radio', { name: '所有人' })).toHaveCount(0)
  await expectAccessible(page, 'saving a view')
  await dialog.getByLabel('名称').fill('路口的事')
  await page.keyboard.press('Enter')
  await expect(dialog).toHaveCount(0)
  const chip = bar.getByRole('button', { name: '路口的事' })
  await expect(chip).toHaveAttribute('aria-pressed', 'true')
  await expect(chip.getByTestId('view-count')).toHaveText('1')

  // One more comes, though another list is open.
  await page.getByRole('button', { name: /我的/ }).click()
  await expect(chip).toHaveAttribute('aria-pressed', 'false')
  const second = await desk.ask('人行道的地砖松了')
  await admin.post(`/tickets/${second.id}/tags`, { tags: ['路口'] })
  await expect(chip.getByTestId('view-count')).toHaveText('2')
  await chip.click()
  await expect(li.rows).toHaveCount(2)
  await expect(page).toHaveURL(/tag=/)

  // Narrowed further it becomes another view, or takes the place of this one.
  await page.getByRole('button', { name: /^筛选/ }).click()
  await filters.getByRole('switch', { name: '已超时' }).click()
  await expect(li.rows).toHaveCount(0)
  await page.keyboard.press('Escape')
  await bar.getByRole('button', { name: '存为视图' }).click()
  await dialog.getByRole('button', { name: '更新“路口的事”' }).click()
  await expect(dialog).toHaveCount(0)
  await expect(chip).toHaveAttribute('aria-pressed', 'true')
  await expect(chip.getByTestId('view-count')).toHaveText('0')

  // A supervisor's view for all stands in everybody's row at once.
  const boss = await desk.as('zhou.min')
  await boss.post('/views', { name: '紧急工单', scope: 'all', filter: { view: 'open', priority: 'urgent' } })
  await expect(bar.getByRole('button', { name: '紧急工单' })).toBeVisible()
  await bar.getByRole('button', { name: '管理视图' }).click()
  const manage = page.getByRole('dialog', { name: '管理视图' })
  const listed = manage.getByTestId('view-list').getByRole('listitem')
  await expect(listed).toHaveText([/路口的事仅自己/, /紧急工单所有人/])
  await expect(listed.nth(1).getByRole('button', { name: '修改视图' })).toHaveCount(0)
  await manage.getByRole('button', { name: '下移“路口的事”' }).click()
  await expect(listed).toHaveText([/紧急工单/, /路口的事/])
  await expectAccessible(page, 'the views')
  await manage.getByRole('button', { name: '删除视图“路口的事”' }).click()
  await expect(listed).toHaveCount(1)
  await page.getByRole('button', { name: '撤销' }).click()
  const chips = bar.getByRole('button', { name: /^(紧急工单|路口的事)/ })
  await expect(chips).toHaveText([/紧急工单/, /路口的事/])
  await page.reload()
  await expect(chips).toHaveText([/紧急工单/, /路口的事/])
})

test('on a phone the views are a row that is pushed', async ({ visit }) => {
  const boss = await desk.as('zhou.min')
  for (const n of [1, 2, 3, 4]) await boss.post('/views', { name: `长名字的共享视图 ${n} 号`, scope: 'all', filter: { view: 'open', kind: 'comment' } })
  const phone = await visit(desk, { as: 'zhang.wei', path: '/inbox', browser: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } })
  const bar = phone.getByTestId('saved-views')
  await bar.getByRole('button', { name: '长名字的共享视图 4 号' }).click()
  await expect(phone).toHaveURL(/kind=comment/)
  expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await expectAccessible(phone, 'the views on a phone')
})
