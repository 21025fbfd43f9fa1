// Working time as the city keeps it: hours of the week, holidays, make-up days.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'

const desk = demoDesk()
const year = new Date().getFullYear() + 1
const announced = `日期,名称,安排\n${year}-01-01,元旦,休\n${year}-01-02,元旦,休\n${year}-01-09,元旦,班\n`

test('a supervisor makes a calendar and enters next year’s holidays', async ({ visit }) => {
  test.slow() // two dialogs, each looked at for accessibility
  const page = await visit(desk, { as: 'zhou.min', path: '/settings/clocks' })
  await expect(page.getByRole('heading', { name: '工作日历' })).toBeVisible()
  await page.getByRole('button', { name: '新建日历' }).click()
  const dialog = page.getByRole('dialog', { name: '新建日历' })
  await dialog.getByLabel('名称').fill('政务大厅')
  await dialog.getByLabel('代码').fill('hall')
  await dialog.getByRole('button', { name: '添加周六时段' }).click()
  await dialog.getByLabel('周六第 1 段结束').fill('11:30')
  await expectAccessible(page, 'a calendar', '[role="dialog"]')
  await page.screenshot({ path: 'test-results/calendar-dialog.png' })
  await dialog.getByRole('button', { name: '保存' }).click()
  await expect(dialog).toBeHidden()
  const hall = page.getByRole('article').filter({ hasText: '政务大厅' })
  await expect(hall).toContainText('周六 09:00–11:30')
  await expect(hall).toContainText('周一 09:00–12:00, 13:30–17:30')

  await page.getByRole('button', { name: '录入年度安排' }).click()
  const entry = page.getByRole('dialog', { name: '录入年度节假日安排' })
  await entry.locator('textarea').fill('2027-01-01,元旦,也许')
  await expect(entry.getByRole('alert')).toContainText('第 1 行有误')
  await entry.getByLabel('选择文件', { exact: true }).first().setInputFiles({
    name: 'holidays.csv', mimeType: 'text/csv', buffer: Buffer.from(announced),
  })
  await expect(entry.getByTestId('year-read')).toContainText(`${year} 年：放假 2 天，调休上班 1 天`)
  await expectAccessible(page, 'a year’s holidays', '[role="dialog"]')
  await entry.getByRole('button', { name: '保存' }).click()
  await expect(entry).toBeHidden()
  await hall.getByLabel('年份').selectOption(String(year))
  await expect(hall.getByText(`${year}-01-01 元旦: 放假`)).toBeAttached()
  await expect(hall.getByText(`${year}-01-09 元旦: 调休上班`)).toBeAttached()

  // Once more replaces it, and says so.
  await page.getByRole('button', { name: '录入年度安排' }).click()
  await entry.locator('textarea').fill(`${year}-01-01,元旦,休`)
  await expect(entry.getByTestId('year-read')).toContainText('将被替换')
  await page.screenshot({ path: 'test-results/calendar-year.png' })
  await entry.getByRole('button', { name: '替换' }).click()
  await expect(entry).toBeHidden()
  await expect(hall.getByText(`${year}-01-09 元旦: 调休上班`)).toHaveCount(0)
})

test('working hours that overlap are refused in words, on a phone in the dark too', async ({ visit, watch }) => {
  watch.expect(/^answer: 422 PATCH \/api\/v1\/calendars/)
  const page = await visit(desk, {
    as: 'zhou.min', path: '/settings/clocks', settings: { theme: 'dark', locale: 'en' },
    browser: { viewport: { width: 390, height: 800 }, isMobile: true },
  })
  const first = page.getByRole('article').first()
  await first.getByRole('button', { name: /^Edit / }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Mon, from, stretch 2').fill('10:00')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByRole('alert')).toBeVisible()
  await expectAccessible(page, 'a calendar on a phone, dark', '[role="dialog"]')
  await page.screenshot({ path: 'test-results/calendar-phone.png' })
})
