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
