// A citizen asks how far the ticket is: on the page, with the number and the code
// the bot told, and in the chat with a word.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk({ bot: true })
const phoneSized = { viewport: { width: 360, height: 740 } }

/** Hands over with a number and a code, and the address with both. */
async function handedOver(question: string) {
  const { citizen, id } = await desk.ask(question)
  const said = (await desk.platform.answers(citizen)).at(-1) ?? ''
  const [, number = '', code = ''] = /编号：([\d-]+)，查询码：([0-9A-Z]{6})/.exec(said) ?? []
  expect(said).toContain(`进度查询：${desk.url}/p/${number}#${code}`)
  return { citizen, id, number, code }
}

test('the link of the hand-over opens the ticket; what staff keep to themselves stays there', async ({ visit }) => {
  const { id, number, code } = await handedOver('学府街的路灯坏了，请转人工')
  const admin = await desk.as('admin')
  await admin.post(`/tickets/${id}/notes`, { text: '内部备注：以前修过' })

  const page = await visit(desk, { path: `/p/${number}#${code}`, browser: phoneSized })
  await expect(page.getByRole('heading', { level: 1 })).toContainText(number)
  expect(page.url()).not.toContain(code)
  await expect(page.getByRole('region', { name: '当前状态' })).toContainText('已收到，等待受理')
  await expect(page.getByText('暂时还没有答复。')).toBeVisible()
  await expectAccessible(page, 'the progress page at 360 pixels')

  const staff = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await staff.ready()
  await expect(staff.replies.last()).toContainText('查询码：••••••')
  await staff.answer('您好，路灯已派人维修，预计今天恢复。')
  await expect(staff.replies.filter({ hasText: '路灯已派人维修' })).toHaveAttribute('data-state', 'sent')

  await page.getByRole('button', { name: '刷新' }).click()
  await expect(page.getByRole('region', { name: '当前状态' })).toContainText('已答复')
  await expect(page.getByRole('region', { name: '答复内容' })).toContainText('路灯已派人维修')
  const whole = await page.locator('body').innerText()
  for (const inside of ['内部备注', '李敏']) expect(whole).not.toContain(inside)

  // Large text is remembered, and fits.
  await page.getByRole('button', { name: '特大', exact: true }).click()
  await expect(page.getByRole('button', { name: '特大', exact: true })).toHaveAttribute('aria-pressed', 'true')
  await expectAccessible(page, 'the progress page in the largest text')
  await page.getByRole('button', { name: 'English' }).click()
  await expect(page.getByRole('region', { name: 'Now' })).toContainText('Answered')
  await expect(page.getByRole('button', { name: 'Largest' })).toHaveAttribute('aria-pressed', 'true')
  await expectAccessible(page, 'the progress page in English')
  await page.emulateMedia({ colorScheme: 'dark' })
  await expectAccessible(page, 'the progress page in the dark')
  await page.emulateMedia({ media: 'print' })
  await expect(page.getByRole('button', { name: 'Refresh' })).toBeHidden()
  await expect(page.getByRole('region', { name: 'Answer' })).toBeVisible()
})

test('a wrong code tells nothing; without a script the page works as well', async ({ visit, watch }) => {
  const { number, code } = await handedOver('地铁几点停运，请转人工')
  const page = await visit(desk, { path: `/p/${number}`, browser: { ...phoneSized, javaScriptEnabled: false } })
  await expect(page.getByLabel('工单号')).toHaveValue(number)
  watch.expect(/^answer: 404 POST .*\/p$/)
  await page.getByLabel('查询码').fill('ZZZZZZ')
  await page.getByRole('button', { name: '查询' }).click()
  await expect(page.getByRole('alert')).toHaveText('工单号或查询码不正确，请核对后再试。')
  await page.getByLabel('查询码').fill(code.toLowerCase())
  await page.getByRole('button', { name: '查询' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toContainText(number)
})

test('a word in the chat is answered with how far the ticket is, and starts nothing', async ({ visit }) => {
  const { citizen, id, number, code } = await handedOver('小区停车费怎么定的，请转人工')
  await desk.platform.tell(citizen, '查询进度')
  const said = (await desk.platform.answers(citizen)).at(-1)
  expect(said).toContain(`您的工单 ${number}：已收到，等待受理。答复时限：`)
  expect(said).toContain(`查询码：${code}`)

  const staff = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await staff.ready()
  await staff.answer('停车费由业主大会与物业约定。')
  await expect(staff.replies.last()).toHaveAttribute('data-state', 'sent')
  await desk.platform.tell(citizen, '进度')
  expect((await desk.platform.answers(citizen)).at(-1)).toContain(`您的工单 ${number}：已答复（`)
  const admin = await desk.as('admin')
  expect(await admin.get<{ state: string }>(`/tickets/${id}`)).toMatchObject({ state: 'replied' })
})

test('staff tell the code and change it', async ({ visit }) => {
  const { id, number, code } = await handedOver('公园几点关门，请转人工')
  const page = await visit(desk, { as: 'li.min', path: `/inbox/${id}` })
  await new Inbox(page).ready()
  await page.getByRole('tab', { name: '市民' }).click()
  await page.getByRole('button', { name: '显示查询码' }).click()
  const box = page.getByTestId('progress-code')
  await expect(box).toContainText(code)
  await expectAccessible(page, 'the code beside the ticket')
  await box.getByRole('button', { name: '更换' }).click()
  await expect(box).not.toContainText(code)
  const renewed = (await box.locator('p').first().innerText()).trim()
  await expect(page.getByText('李敏更换了查询码')).toBeVisible()

  const citizen = await visit(desk, { path: `/p/${number}#${renewed}`, browser: phoneSized })
  await expect(citizen.getByRole('heading', { level: 1 })).toContainText(number)
  const chief = await visit(desk, { as: 'zhou.min', path: '/audit' })
  await expect(chief.getByText('更换查询码').first()).toBeVisible()
  await expect(chief.getByText('查看查询码').first()).toBeVisible()
})

test('the answer is rated in the chat and on the page, and staff read it in the thread', async ({ visit }) => {
  const admin = await desk.as('admin')
  const accounts = await admin.get<{ items: { id: string; bot: { enabled: boolean } }[] }>('/accounts')
  const asks = accounts.items.find((account) => account.bot.enabled)
  await admin.patch(`/accounts/${asks?.id}`, { citizen: { survey: 'close' } })
  const { citizen, id, number, code } = await handedOver('体育馆周末开放吗，请转人工')
  const staff = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await staff.ready()
  await staff.answer('周末九点到二十一点开放。')
  await expect(staff.replies.filter({ hasText: '周末九点到二十一点' })).toHaveAttribute('data-state', 'sent')
  await staff.page.getByRole('button', { name: '办结' }).first().click()
  await expect(staff.replies.filter({ hasText: '请问您对本次答复是否满意' })).toHaveAttribute('data-state', 'sent', {
    timeout: 40_000, // asked when the closing can no longer be undone
  })

  await desk.platform.tell(citizen, '2')
  await expect.poll(async () => (await desk.platform.answers(citizen)).at(-1)).toContain('感谢您的评价，很抱歉')
  await expect(staff.page.getByText('市民评价：不满意')).toBeVisible()
  expect(await admin.get<{ state: string }>(`/tickets/${id}`)).toMatchObject({ state: 'closed' })

  const page = await visit(desk, { path: `/p/${number}#${code}`, browser: phoneSized })
  const rating = page.getByRole('region', { name: '满意度评价' })
  await expect(rating.getByRole('radio', { name: '不满意', exact: true })).toBeChecked()
  await expectAccessible(page, 'the rating at 360 pixels')
  await rating.getByRole('radio', { name: '非常满意', exact: true }).check()
  await rating.getByLabel('补充说明').fill('电话里说清楚了')
  await rating.getByRole('button', { name: '修改评价' }).click()
  await expect(rating.getByRole('status')).toHaveText('感谢您的评价。')
  await expect(rating.getByText('您的评价 非常满意')).toBeVisible()
  await page.getByRole('button', { name: '特大', exact: true }).click()
  await expectAccessible(page, 'the rating in the largest text')
  await expect(staff.page.getByText('市民评价：非常满意（电话里说清楚了）')).toBeVisible()

  // The bad mark is followed up, and shows that the citizen thought better of it.
  const chief = await visit(desk, { as: 'zhou.min', path: '/follow-ups' })
  const item = chief.getByTestId('follow-up').filter({ hasText: number })
  await expect(item).toContainText('现改评：非常满意')
  await expect(item).toContainText('电话里说清楚了')
  await expect(item).toContainText('答复人 李敏')
  await expectAccessible(chief, 'the follow-ups')
  await chief.getByRole('button', { name: `登记工单 ${number} 的回访` }).click()
  const dialog = chief.getByRole('dialog', { name: '登记回访结果' })
  await dialog.getByRole('radio', { name: '无需回访' }).check()
  await expect(dialog.getByRole('button', { name: '保存' })).toBeDisabled()
  await dialog.getByRole('radio', { name: '已回访满意' }).check()
  await dialog.getByLabel('情况说明').fill('电话说明了开放时间')
  await expectAccessible(chief, 'noting what came of a follow-up')
  await dialog.getByRole('button', { name: '保存' }).click()
  await expect(item).toBeHidden()
  await chief.getByRole('combobox', { name: '状态' }).selectOption({ label: '已回访' })
  await expect(item).toContainText('电话说明了开放时间')
  await expect(staff.page.getByText('周敏已回访：已回访满意')).toBeVisible()
  const answered = await visit(desk, { as: 'li.min', path: '/follow-ups' })
  await answered.getByRole('combobox', { name: '状态' }).selectOption({ label: '已回访' })
  await expect(answered.getByTestId('follow-up').filter({ hasText: number })).toContainText('已回访满意')
})
