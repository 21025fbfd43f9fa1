// Many entries at once: chosen in the list, changed, reviewed by a second person
// and told of one by one. And an entry as a citizen would read it.
import type { Page } from '@playwright/test'
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'

const desk = demoDesk({ bot: true })

const content = (n: number, more: object = {}) => ({
  code: `PL-${n}`, question: `批量事项 ${n} 怎么办`, similar_questions: [], answer: `请到 ${n} 号窗口办理。`, category: '', department: '',
  document_number: '', service_link: '', ...more,
})
const box = (page: Page, n: number) => page.getByRole('checkbox', { name: `选择“批量事项 ${n} 怎么办”` })
const result = (page: Page) => page.getByTestId('bulk-result')

test('a range is changed and submitted, a second person approves what is not the own', async ({ visit }) => {
  const [li, zhou] = [await desk.as('li.min'), await desk.as('zhou.min')]
  for (const n of [1, 2, 3, 4]) await li.post('/faq/entries', content(n))
  const own = await zhou.post<{ id: string }>('/faq/entries', content(5))

  const page = await visit(desk, { as: 'li.min', path: '/library?q=批量事项' })
  await box(page, 5).check()
  await box(page, 1).click({ modifiers: ['Shift'] })
  const bar = page.getByTestId('bulk')
  await expect(bar).toContainText('已选 5 条')
  // Staff neither approve nor retire.
  await expect(bar.getByRole('button', { name: '审核通过' })).toHaveCount(0)
  await expect(bar.getByRole('button', { name: '停用' })).toHaveCount(0)
  await expectAccessible(page, 'library with a selection')
  await bar.getByRole('button', { name: '修改' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByRole('button', { name: '修改 5 条' })).toBeDisabled()
  await dialog.getByRole('checkbox', { name: '修改分类' }).check()
  await dialog.getByRole('textbox', { name: '分类' }).or(dialog.getByRole('combobox', { name: '分类' })).fill('综合窗口')
  await expectAccessible(page, 'bulk change')
  await dialog.getByRole('button', { name: '修改 5 条' }).click()
  await expect(result(page)).toContainText('已处理 5 条')
  await dialog.getByRole('button', { name: '关闭' }).first().click()
  await expect(page.getByRole('row').filter({ hasText: '综合窗口' })).toHaveCount(5)

  // What was done is still chosen, as it stands now.
  await bar.getByRole('button', { name: '提交审核' }).click()
  await dialog.getByRole('button', { name: '提交 5 条' }).click()
  await expect(result(page)).toContainText('已处理 5 条')

  const second = await visit(desk, { as: 'zhou.min', path: '/library?proposal=in_review&q=批量事项' })
  await second.getByRole('checkbox', { name: '选择已加载的条目' }).check()
  await second.getByTestId('bulk').getByRole('button', { name: '审核通过' }).click()
  await second.getByRole('dialog').getByRole('button', { name: '通过 5 条' }).click()
  await expect(result(second)).toContainText('已处理 4 条')
  await expect(result(second).getByRole('listitem')).toHaveText([/批量事项 5 怎么办.*您参与编写的内容/s])
  await expectAccessible(second, 'bulk result')
  expect(await zhou.get(`/faq/entries/${own.id}`)).toMatchObject({ state: 'draft', proposal: { state: 'in_review' } })
  const { items } = await li.get<{ items: { state: string; category: string }[] }>('/faq/entries?category=综合窗口&state=published')
  expect(items).toHaveLength(4)

  await result(second).getByRole('link', { name: '批量事项 5 怎么办' }).click()
  await expect(second).toHaveURL(new RegExp(`/library/${own.id}$`))
})

test('what changed since it was chosen is refused, the rest is retired', async ({ visit }) => {
  const zhou = await desk.as('zhou.min')
  for (const n of [11, 12]) await zhou.post('/faq/entries', content(n))
  const page = await visit(desk, { as: 'zhou.min', path: '/library?q=批量事项 1' })
  await box(page, 11).check()
  await box(page, 12).check()
  const { items } = await zhou.get<{ items: { id: string; revision: number }[] }>('/faq/entries?q=PL-12')
  await zhou.patch(`/faq/entries/${items[0]!.id}`, { revision: items[0]!.revision, answer: '改过了。' })
  const bar = page.getByTestId('bulk')
  await bar.getByRole('button', { name: '提交审核' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '提交 2 条' }).click()
  await expect(result(page)).toContainText('已处理 1 条')
  await expect(result(page).getByRole('listitem')).toHaveText([/批量事项 12 怎么办.*已被他人修改/s])
  await page.keyboard.press('Escape')
  await expect(bar).toContainText('已选 1 条')
  await bar.getByRole('button', { name: '停用' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '停用 1 条' }).click()
  await expect(result(page)).toContainText('已处理 1 条')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('row').filter({ hasText: '批量事项 11 怎么办' })).toContainText('已停用')
  await bar.getByRole('button', { name: '取消选择' }).click()
  await expect(bar).toHaveCount(0)
})

test('a selection is saved as a file', async ({ visit }) => {
  const page = await visit(desk, { as: 'li.min', path: '/library?q=居住证' })
  await page.getByRole('checkbox', { name: /^选择“居住证/ }).first().check()
  await page.getByTestId('bulk').getByRole('button', { name: '导出' }).click()
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('menuitem', { name: 'JSON 行' }).click()])
  const chunks: Buffer[] = []
  for await (const chunk of await file.createReadStream()) chunks.push(chunk as Buffer)
  expect(Buffer.concat(chunks).toString().trim().split('\n')).toHaveLength(1)
})

test('ten thousand entries are scrolled with few rows drawn, and 500 are chosen at once', async ({ visit }) => {
  const zhou = await desk.as('zhou.min')
  const rows = Array.from({ length: 10_000 }, (_, i) => JSON.stringify({ code: `WAN-${i}`, question: `万条 ${i} 号问题`, answer: '答。', category: '万条' }))
  await zhou.upload('/faq/import', '万条.jsonl', rows.join('\n'))
  const page = await visit(desk, { as: 'zhou.min', path: '/library?category=万条' })
  await expect(page.getByText('万条 9999 号问题')).toBeVisible()
  const scroller = page.locator('.scroll-area:has(> table)')
  for (let n = 0; n < 8; n++) {
    await scroller.evaluate((element) => element.scrollTo({ top: element.scrollHeight }))
    await expect.poll(() => scroller.evaluate((e) => e.scrollHeight - e.scrollTop - e.clientHeight)).toBeGreaterThan(2000)
  }
  expect(await page.getByRole('row').count()).toBeLessThan(60)
  await page.getByRole('checkbox', { name: /^选择“/ }).first().check()
  await page.getByRole('button', { name: '选中全部符合条件的（最多 500 条）' }).click()
  await expect(page.getByTestId('bulk')).toContainText('已选 500 条')
  await page.getByTestId('bulk').getByRole('button', { name: '停用' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '停用 500 条' }).click()
  await expect(result(page)).toContainText('已处理 500 条')
})

test('an entry is seen as the bot sends it, and what is too long is said', async ({ visit }) => {
  const li = await desk.as('li.min')
  const { id } = await li.post<{ id: string }>('/faq/entries', content(21, { service_link: 'https://zwfw.anlan.example/pl/21' }))
  const page = await visit(desk, { as: 'li.min', path: `/library/${id}` })
  const preview = page.getByTestId('entry-preview')
  const bubble = preview.locator('[data-from="account"]')
  await expect(bubble).toHaveText('请到 21 号窗口办理。\n\n办理入口：https://zwfw.anlan.example/pl/21\n\n以上答复对您有帮助吗？有帮助请回复 1，没有帮助请回复 2。', {
    useInnerText: true,
  })
  await preview.getByText('列在选项里').click()
  await expect(bubble).toContainText('1. 批量事项 21 怎么办')
  await preview.getByText('直接答复').click()
  await page.getByLabel('标准答案').fill('长'.repeat(660))
  await expect(preview.getByTestId('preview-warning')).toContainText('会略去评价提示')
  await expect(bubble).not.toContainText('有帮助请回复')
  await expectAccessible(page, 'entry that is long')
  await page.getByLabel('标准答案').fill('长'.repeat(700))
  await expect(preview.getByTestId('preview-warning')).toContainText('机器人发不出去')
  await expectAccessible(page, 'entry that is too long')

  // Another account, which answers for another office only.
  const admin = await desk.as('admin')
  const { items } = await admin.get<{ items: { id: string; name: string }[] }>('/accounts')
  await admin.patch(`/accounts/${items[1]!.id}`, { bot: { departments: ['教育局'] } })
  await preview.getByRole('combobox').selectOption(items[1]!.name)
  await expect(preview.getByTestId('preview-not-served')).toContainText(items[1]!.name)
})
