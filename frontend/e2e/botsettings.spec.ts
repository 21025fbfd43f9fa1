// How the bot works on an account: set, refused where it is wrong, and tried.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'

const desk = demoDesk({ bot: true })

test('the bot of an account is set and tried', async ({ visit, watch }) => {
  const page = await visit(desk, { as: 'admin', path: '/accounts' })
  await page.getByRole('button', { name: '机器人' }).first().click()
  await expect(page).toHaveURL(/\/accounts\/\d+\/bot$/)
  const trial = page.getByTestId('bot-try')
  const decision = page.getByTestId('bot-decision')
  await trial.getByLabel('市民的问题').fill('居住证怎么办理')
  await trial.getByLabel('市民的问题').press('Enter')
  await expect(decision).toHaveAttribute('data-action', 'answer')
  await expect(trial).toContainText('非本市户籍人员在安澜居住登记满半年')
  await expectAccessible(page, 'bot settings')

  // Far too sure of itself: nothing is answered at once any more.
  await page.getByLabel('直接答复（%）').fill('100')
  await page.getByLabel('关注时的问候').fill('您好，这里是安澜发布。')
  await expect(trial).toContainText('按已保存的设置来试')
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await expect(page.getByText('机器人设置已保存')).toBeVisible()
  await trial.getByLabel('市民的问题').fill('身份证丢了想补一张')
  await trial.getByLabel('市民的问题').press('Enter')
  await expect(decision).not.toHaveAttribute('data-action', 'answer')

  // What is wrong is said at its field, and what was written stays.
  watch.expect(/^answer: (400|422) PATCH .*\/accounts\//)
  await page.getByLabel('列出选项（%）').fill('130')
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await expect(page.getByText('请填写 0 到 100 之间的数字')).toBeVisible()
  await page.getByLabel('直接答复（%）').fill('50')
  await page.getByLabel('列出选项（%）').fill('90')
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await expect(page.getByText('不能高于直接答复的阈值')).toBeVisible()
  await expect(page.getByLabel('列出选项（%）')).toBeFocused()
  await expect(page.getByLabel('列出选项（%）')).toHaveValue('90')
  await page.getByLabel('直接答复（%）').fill('100')
  await page.getByLabel('列出选项（%）').fill('')
  await page.getByLabel('评价有效（小时）').fill('一天')
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await expect(page.getByText('请填写整数')).toBeVisible()
  await page.getByLabel('评价有效（小时）').fill('24')
  await expect(page.getByRole('button', { name: '保存', exact: true })).toBeDisabled()
  await page.reload()
  await expect(page.getByLabel('直接答复（%）')).toHaveValue('100')
  await expect(page.getByLabel('关注时的问候')).toHaveValue('您好，这里是安澜发布。')

  // Only who manages accounts.
  const staff = await visit(desk, { as: 'li.min', path: new URL(page.url()).pathname })
  await expect(staff.getByRole('heading', { name: '这里没有内容' })).toBeVisible()

  const browser = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: 'dark' as const }
  const phone = await visit(desk, { as: 'admin', path: new URL(page.url()).pathname, browser })
  await expect(phone.getByTestId('bot-try')).toBeVisible()
  await expectAccessible(phone, 'bot settings on a phone')
})

test('settings that cannot be are refused at their field', async ({ visit, watch }) => {
  watch.expect(/^answer: (400|422) PATCH .*\/accounts\//)
  const page = await visit(desk, { as: 'admin', path: '/accounts' })
  await page.getByRole('button', { name: '机器人' }).first().click()
  const save = page.getByRole('button', { name: '保存', exact: true })
  const handOver = page.getByLabel('转人工（工作时间）')
  const before = await handOver.inputValue()
  for (const [text, fault] of [
    ['工作人员将尽快答复您。', '须写明受理编号，即占位符 {number}'],
    ['受理编号：{number}，{姓名}您好。', '没有“{姓名}”这个占位符，可用的是 {number}、{hours}、{code}、{page}'],
    ['', '不能为空'],
  ] as const) {
    await handOver.fill(text)
    await save.click()
    await expect(page.getByText(fault, { exact: true })).toBeVisible()
    await expect(handOver).toBeFocused()
  }
  await handOver.fill(before)
  await page.getByRole('button', { name: '添加菜单项' }).click()
  await page.getByLabel('菜单项 4 的 Key').fill('GUIDE_TAX')
  await page.getByLabel('菜单项 4 的条目编号').fill('SW-404')
  await page.getByLabel('回应问候、致谢').fill('')
  await save.click()
  await expect(page.getByText('菜单项“GUIDE_TAX”：知识库里没有编号为“SW-404”的条目')).toBeVisible()
  await expect(page.getByText('不能为空', { exact: true })).toBeVisible()
  await expectAccessible(page, 'bot settings with faults')
  await page.getByRole('button', { name: '删除菜单项 4' }).click()
  await page.getByLabel('回应问候、致谢').fill('您好，这里是安澜发布，请讲。')
  await page.getByLabel('有轻生、自伤话语时').fill('请马上拨打 12356，我们一直都在。')
  await save.click()
  await expect(page.getByText('机器人设置已保存')).toBeVisible()
  const citizen = await desk.platform.newCitizen('安澜发布')
  await desk.platform.tell(citizen, '谢谢')
  await desk.platform.tell(citizen, '我想自杀')
  const answers = await desk.platform.answers(citizen)
  expect(answers).toContain('您好，这里是安澜发布，请讲。')
  expect(answers).toContain('请马上拨打 12356，我们一直都在。')
})

test('an entry taken back is marked at its menu item, and a click on it is answered', async ({ visit }) => {
  const page = await visit(desk, { as: 'admin', path: '/accounts' })
  await page.getByRole('button', { name: '机器人' }).first().click()
  const items = page.getByTestId('bot-item')
  await expect(items).toHaveCount(3)
  await expect(page.getByText('现未发布')).toHaveCount(0)
  const admin = await desk.as('admin')
  const found = await admin.get<{ items: { id: string; code: string }[] }>('/faq/entries?limit=200')
  const entry = found.items.find(({ code }) => code === 'SB-007')
  await admin.post(`/faq/entries/${entry?.id}/retire`)
  const citizen = await desk.platform.newCitizen('安澜发布')
  await desk.platform.click(citizen, 'GUIDE_SBK')
  expect((await desk.platform.answers(citizen)).at(-1)).toContain('您点选的内容正在更新')
  await page.reload()
  await expect(page.getByText('现未发布')).toHaveCount(1)
  await expect(page.getByText('有菜单项暂时不能用条目答复')).toBeVisible()
  await expectAccessible(page, 'a menu item without an answer')
  // A text of it changes nothing about the item: saving is not refused.
  await page.getByLabel('收到好评后的感谢').fill('谢谢您！')
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await expect(page.getByText('机器人设置已保存')).toBeVisible()
})
