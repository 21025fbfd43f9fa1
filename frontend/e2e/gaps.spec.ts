// What the library does not answer: asked, answered by a person, drafted from
// their words, published, and off the list.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()

const told = {
  question: '阳台封窗要不要街道盖章',
  answer: '您好，封闭阳台不需要街道盖章，请先征得物业同意，并保持外立面统一。',
}
const known = { question: '外卖骑手夜里住哪儿办证明材料', answer: '您好，请到居住地派出所办理居住登记。' }

test('what a person answered becomes a draft, and an entry that is there closes a gap', async ({ visit }) => {
  for (const { question, answer } of [told, known]) {
    const { id } = await desk.ask(question)
    const staff = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
    await staff.ready()
    await staff.answer(answer)
    await expect(staff.replies).toHaveAttribute('data-state', 'sent')
  }
  const editor = await desk.as('zhou.min')
  await expect
    .poll(async () => (await editor.get<{ items: { question: string }[] }>('/faq/gaps')).items.map((gap) => gap.question), { timeout: 20_000 })
    .toEqual(expect.arrayContaining([told.question, known.question]))

  const page = await visit(desk, { as: 'zhou.min', path: '/library' })
  await page.getByRole('button', { name: /^待补知识/ }).click()
  await page.getByRole('link', { name: told.question }).click()
  const gap = page.getByTestId('gap')
  await expect(gap).toHaveAttribute('data-state', 'open')
  await expect(page.getByTestId('gap-answer')).toHaveText(told.answer)
  await expectAccessible(page, 'gap list')

  await gap.getByRole('button', { name: '忽略' }).click()
  await page.getByRole('button', { name: '不是提问' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '忽略', exact: true }).click()
  await expect(gap).toHaveAttribute('data-state', 'ignored')
  await page.getByRole('button', { name: '撤销' }).click()
  await expect(gap).toHaveAttribute('data-state', 'open')

  await gap.getByRole('button', { name: '起草条目' }).click()
  await expect(page).toHaveURL(/\/library\/\d+$/)
  await expect(page.getByLabel('标准问题')).toHaveValue(told.question)
  await expect(page.getByLabel('标准答案')).toHaveValue(told.answer)

  await page.goto('/library/gaps?state=drafted')
  await page.getByRole('link', { name: told.question }).click()
  await expect(gap).toContainText('尚未发布')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('link', { name: told.question })).toBeFocused()

  const browser = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: 'dark' as const }
  const phone = await visit(desk, { as: 'zhou.min', path: '/library/gaps', browser })
  await expectAccessible(phone, 'gap list on a phone')
  await phone.getByRole('link', { name: known.question }).tap()
  await phone.getByRole('button', { name: '关联已有条目' }).tap()
  await phone.getByPlaceholder('搜索知识库').fill('居住证怎么办理')
  await phone.getByRole('option').first().tap()
  const closed = phone.getByTestId('gap')
  await expect(closed).toHaveAttribute('data-state', 'closed')
  await expect(closed).toContainText('关联条目以后又被问 0 次')
  await expectAccessible(phone, 'closed gap on a phone')
})
