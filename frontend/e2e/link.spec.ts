// From the notice on a phone to the ticket, with a code and no password, and to
// nothing else.
import { expectAccessible } from './support/axe.ts'
import { notifyingDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'
import { Mailbox } from './support/mailbox.ts'

const desk = notifyingDesk()
const mailbox = new Mailbox()
const phoneSize = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }
const linkIn = /http:\/\/[^\s]+(\/l\/[\w-]{48})/

interface Me {
  user: { id: string; department: { id: string } }
}

test.beforeAll(async () => {
  await mailbox.start()
  const admin = await desk.as('admin')
  await admin.post('/notices/senders', {
    kind: 'smtp', name: '邮件', host: '127.0.0.1', port: mailbox.port, security: 'none', from: 'desk@example.test',
  })
  const { user } = await (await desk.as('wang.tao')).get<Me>('/session')
  await admin.patch(`/users/${user.id}`, { email: 'wang.tao@example.test' })
})
test.afterAll(() => mailbox.stop())

/** Gives a question to the liaison's department; the ticket and the path in the letter. */
async function given(words: string): Promise<{ id: string; path: string }> {
  const before = mailbox.letters.length
  const { id } = await desk.ask(words)
  const { user } = await (await desk.as('wang.tao')).get<Me>('/session')
  await (await desk.as('li.min')).post(`/tickets/${id}/escalations`, { department_id: user.department.id, remark: '请核实' })
  const letter = await mailbox.hears(linkIn, before)
  expect(letter.to).toBe('wang.tao@example.test')
  return { id, path: linkIn.exec(letter.text)![1]! }
}

async function codeFrom(before: number): Promise<string> {
  const { text } = await mailbox.hears(/验证码为 \d{6}/, before)
  return /验证码为 (\d{6})/.exec(text)![1]!
}

test('a liaison opens the link of a notice with a code and answers', async ({ visit, watch }) => {
  test.slow() // two screens, each looked at for accessibility
  watch.expect(/^answer: 401 POST \/api\/v1\/links\/session/)
  const { id, path } = await given('集体户口怎么迁到自己的房子')
  const page = await visit(desk, { path, browser: phoneSize })
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('办理转办工单')
  await expectAccessible(page, 'a link')
  expect(mailbox.letters.filter(({ text }) => text.includes('验证码')), 'nothing is sent by looking').toEqual([])
  await page.screenshot({ path: 'test-results/link-asks.png' })

  const before = mailbox.letters.length
  await page.getByRole('button', { name: '发送验证码到 w***@example.test' }).click()
  await expect(page.getByText('验证码已发往 w***@example.test')).toBeVisible()
  const code = await codeFrom(before)
  const field = page.getByLabel('6 位验证码')
  await expect(field).toBeFocused()
  await expectAccessible(page, 'a link’s code')
  await page.screenshot({ path: 'test-results/link-code.png' })
  await field.fill(code === '000000' ? '000001' : '000000')
  await expect(page.getByRole('alert')).toContainText('验证码不正确')
  await field.fill(code)

  await expect(page).toHaveURL(/\/linked\/\d+$/)
  await expect(page.getByTestId('citizen-words')).toContainText('集体户口怎么迁到自己的房子')
  await expectAccessible(page, 'the ticket a link leads to')
  await page.screenshot({ path: 'test-results/link-work.png' })
  await page.getByRole('button', { name: '签收', exact: true }).click()
  await expect(page.getByTestId('escalation')).toHaveAttribute('data-state', 'signed')

  // There is nothing else to reach.
  await page.goto('/liaison')
  await expect(page).toHaveURL(/\/linked\/\d+$/)
  await page.goto(`/inbox/${id}`)
  await expect(page).toHaveURL(/\/linked\/\d+$/)

  await page.getByRole('button', { name: '答复', exact: true }).click()
  await page.getByLabel('答复内容').fill('请携带身份证到户政大厅办理。')
  await page.getByRole('button', { name: '提交答复' }).click()
  await expect(page.getByTestId('escalation')).toHaveAttribute('data-state', 'answered')

  const audit = await (await desk.as('zhou.min')).get<{ items: { action: string; actor?: { name: string } }[] }>('/audit?limit=100')
  expect(audit.items.map(({ action }) => action)).toEqual(expect.arrayContaining(['link.code_sent', 'link.refused', 'link.opened']))
  expect(desk.log).not.toContain(path.slice(3))
})

test('the desk sees who has a link and takes it back', async ({ visit, watch }) => {
  watch.expect(/^answer: (401|404) /)
  const { id, path } = await given('小区旁边的河道有异味')
  const page = await visit(desk, { path, browser: phoneSize })
  const before = mailbox.letters.length
  await page.getByRole('button', { name: /发送验证码/ }).click()
  await page.getByLabel('6 位验证码').fill(await codeFrom(before))
  await expect(page.getByTestId('escalation')).toHaveAttribute('data-state', 'dispatched')

  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  await li.page.getByTestId('escalations').getByRole('button', { name: '手机链接' }).click()
  const dialog = li.page.getByRole('dialog', { name: '手机链接' })
  await expect(dialog.getByRole('listitem')).toContainText('王涛')
  await expect(dialog.getByRole('listitem')).toContainText('打开过')
  await expectAccessible(li.page, 'links of an escalation', '[role="dialog"]')
  await li.page.screenshot({ path: 'test-results/link-list.png' })
  await dialog.getByRole('button', { name: '全部作废' }).click()
  await expect(dialog.getByRole('listitem')).toContainText('已作废')

  await expect(page).toHaveURL(/\/signin/)
  const again = await visit(desk, { path, browser: phoneSize })
  await expect(again.getByText('链接已作废')).toBeVisible()
  await again.screenshot({ path: 'test-results/link-ended.png' })
  await expectAccessible(again, 'a link that has ended')
  await again.getByRole('button', { name: '用账户登录' }).click()
  await expect(again).toHaveURL(/\/signin/)
})

test('who is signed in needs no code, and a link in the dark is whole', async ({ visit }) => {
  const { path } = await given('幼儿园什么时候报名')
  const page = await visit(desk, { as: 'wang.tao', path, browser: phoneSize })
  await expect(page).toHaveURL(/\/liaison\/\d+$/)
  await expect(page.getByTestId('citizen-words')).toContainText('幼儿园什么时候报名')
  const dark = await visit(desk, { path, settings: { theme: 'dark', locale: 'en' }, browser: phoneSize })
  await expect(dark.getByRole('heading', { level: 1 })).toHaveText('A ticket for your department')
  await expectAccessible(dark, 'a link, dark, English')
  await dark.screenshot({ path: 'test-results/link-dark.png' })
  await dark.getByRole('button', { name: 'Sign in' }).click()
  await dark.getByTestId('sign-in-username').waitFor()
})

test('a code told by phone opens the link', async ({ visit }) => {
  const { id, path } = await given('老年证遗失了怎么补办')
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  await li.page.getByTestId('escalations').getByRole('button', { name: '手机链接' }).click()
  const dialog = li.page.getByRole('dialog', { name: '手机链接' })
  await dialog.getByRole('button', { name: '为王涛生成口头验证码' }).click()
  const told = dialog.getByTestId('told-code')
  await expect(told).toContainText('请打电话告诉王涛本人')
  const code = /\d{6}/.exec(await told.innerText())![0]
  await expectAccessible(li.page, 'a code to be told', '[role="dialog"]')
  await li.page.screenshot({ path: 'test-results/link-told.png' })
  const page = await visit(desk, { path, browser: phoneSize })
  await page.getByRole('button', { name: '已有验证码' }).click()
  await page.screenshot({ path: 'test-results/link-enter.png' })
  await page.getByLabel('6 位验证码').fill(code)
  await expect(page).toHaveURL(/\/linked\/\d+$/)
  await expect(page.getByTestId('citizen-words')).toContainText('老年证遗失了怎么补办')
})
