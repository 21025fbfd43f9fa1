// Many citizens say the same: one alert, with its tickets, that a supervisor ends.
// And the record of what the checks found and who decided what.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'

const desk = demoDesk()

test('many messages alike make one alert, which is seen live and ended', async ({ visit }) => {
  const page = await visit(desk, { as: 'zhou.min', path: '/rules/alerts' })
  await expect(page.getByText('现在没有预警')).toBeVisible()
  await expectAccessible(page, 'no alerts')
  for (let n = 0; n < 11; n++) {
    const citizen = await desk.platform.newCitizen('安澜公安')
    await desk.platform.tell(citizen, '滨江路停水了什么时候恢复')
  }
  const alert = page.getByTestId('alert')
  await expect(alert).toHaveCount(1, { timeout: 30_000 })
  await expect(alert).toContainText('滨江路停水了什么时候恢复')
  await expect(alert).toContainText('11 条留言 · 11 件工单')
  await alert.getByText('查看工单').click()
  await expect(alert.getByRole('listitem')).toHaveCount(11)
  await expectAccessible(page, 'an alert with its tickets')
  const phone = await visit(desk, {
    as: 'zhou.min',
    path: '/rules/alerts',
    browser: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: 'dark' },
  })
  await expect(phone.getByTestId('alert')).toHaveCount(1)
  await expectAccessible(phone, 'an alert on a phone')

  await alert.getByRole('button', { name: '结束预警' }).click()
  const dialog = page.getByRole('dialog', { name: '结束预警' })
  await expect(dialog.getByRole('button', { name: '结束预警' })).toBeDisabled()
  await dialog.getByRole('button', { name: '已发布统一公告' }).click()
  await dialog.getByRole('button', { name: '结束预警' }).click()
  await expect(alert).toHaveCount(0)
  await expect(phone.getByTestId('alert')).toHaveCount(0)
  await page.getByLabel('状态').selectOption('closed')
  await expect(alert).toContainText(/周敏 于 .* 结束：已发布统一公告/)
  await alert.getByText('查看工单').click()
  await alert.getByRole('listitem').getByRole('link').first().click()
  await expect(page).toHaveURL(/\/inbox\/\d+/)
  await expect(page.getByTestId('thread')).toContainText('滨江路停水了什么时候恢复')

  // Only who leads the desk has these pages.
  const staff = await visit(desk, { as: 'li.min', path: '/rules/alerts' })
  await expect(staff.getByRole('heading', { name: '这里没有内容' })).toBeVisible()
})

test('the record tells what was found and is searched', async ({ visit }) => {
  const { id } = await desk.ask('记录里的路灯坏了')
  const li = await desk.as('li.min')
  const { last_event } = await li.get<{ last_event: string | number }>(`/tickets/${id}/timeline`)
  await expect(li.post(`/tickets/${id}/replies`, { text: '您别胡搅蛮缠。', seen_event: last_event })).rejects.toThrow('422')
  const page = await visit(desk, { as: 'zhou.min', path: '/rules/record' })
  const hits = page.getByTestId('hits').getByRole('listitem')
  const row = hits.filter({ hasText: '记录里的路灯坏了' })
  await expect(row).toContainText('胡搅蛮缠')
  await expect(row).toContainText('已拦下')
  await expect(row).toContainText('李敏 撰写')
  const search = page.getByRole('search', { name: '筛选检查记录' })
  await search.getByRole('searchbox', { name: '搜索词语' }).fill('胡搅')
  await search.getByLabel('处理').selectOption('blocked')
  await search.getByLabel('级别').selectOption('block')
  await search.getByLabel('方向').selectOption('out')
  await expect(row).toBeVisible()
  await search.getByLabel('级别').selectOption('urgent')
  await expect(page.getByText('没有符合条件的记录')).toBeVisible()
  await search.getByLabel('级别').selectOption('')
  await expect(row).toBeVisible()
  await search.getByLabel('至').fill('2020-01-01')
  await expect(page.getByText('没有符合条件的记录')).toBeVisible()
  await search.getByLabel('至').fill('')
  await expect(row).toBeVisible()
  await row.getByRole('link').click()
  await expect(page.getByTestId('thread')).toContainText('记录里的路灯坏了')
})
