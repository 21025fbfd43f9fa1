// Who must know, knows: in the bell, and in the chat group, within seconds.
import { expectAccessible } from './support/axe.ts'
import { notifyingDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'

const desk = notifyingDesk()

test('an administrator adds a robot, tries it, and its secrets are never seen again', async ({ visit }) => {
  const page = await visit(desk, { as: 'admin', path: '/notices/senders' })
  await page.getByRole('button', { name: '添加通道' }).first().click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('名称').fill('值班群')
  await dialog.getByLabel('Webhook 地址').fill(desk.robot.url)
  await dialog.getByLabel('加签密钥').fill('SEC-wrong-on-purpose')
  await expectAccessible(page, 'dialog of a way out')
  await dialog.getByRole('button', { name: '创建' }).click()
  await expect(dialog).toBeHidden()
  const row = page.getByRole('listitem').filter({ hasText: '值班群' })
  await row.getByRole('button', { name: '编辑值班群' }).click()
  await expect(dialog.getByLabel('Webhook 地址')).toHaveValue('')
  await dialog.getByLabel('加签密钥').fill(desk.robot.secret)
  await dialog.getByRole('button', { name: '保存' }).click()
  await expect(dialog).toBeHidden()
  await row.getByRole('button', { name: '发送测试' }).click()
  await expect(row.getByRole('status')).toContainText('已发出')
  await desk.robot.hears('测试通知')
  for (const secret of ['fake-journey-token', desk.robot.secret]) {
    expect(await page.content()).not.toContain(secret)
    expect(desk.log).not.toContain(secret)
  }
})

test('an urgent word reaches the duty person in the group and the bell within three seconds', async ({ visit }) => {
  const admin = await desk.as('admin')
  await admin.post('/words', { text: '要跳楼', level: 'urgent', direction: 'in', category: '人身安全', exceptions: [], enabled: true })
  const page = await visit(desk, { as: 'zhou.min' })
  const bell = page.getByTestId('notice-bell')
  await expect(page.getByTestId('connection-state')).toHaveAttribute('data-state', 'online')
  await expect(bell).toBeVisible()

  const citizen = await desk.platform.newCitizen()
  const before = Date.now()
  await desk.platform.tell(citizen, '再不解决我就要跳楼了，电话13800138000')
  const heard = await desk.robot.hears('紧急词告警')
  expect(heard.at - before, 'from the citizen’s word to the group').toBeLessThan(3_000)
  expect(heard.text, 'no personal data leave').not.toContain('13800138000')
  expect(heard.text).toContain(`${desk.url}/inbox/`)

  await expect(bell).toHaveAccessibleName(/[1-9]\d* 条未读/)
  await bell.click()
  const urgent = page.getByRole('link', { name: /紧急词告警/ })
  await expect(urgent).toBeVisible()
  await expectAccessible(page, 'the bell’s list')
  await urgent.click()
  await expect(page).toHaveURL(/\/inbox\/\d+$/)
})

test('a person chooses what comes by which way, and it stays chosen', async ({ visit }) => {
  const page = await visit(desk, { as: 'li.min', path: '/notices/settings' })
  const choice = page.getByRole('checkbox', { name: '分派给我：群机器人' })
  await expect(choice).not.toBeChecked()
  await choice.check()
  await page.getByLabel('邮箱').fill('li.min@example.test')
  await page.getByLabel('从', { exact: true }).fill('22:00')
  await page.getByLabel('到', { exact: true }).fill('07:30')
  await page.getByRole('button', { name: '保存' }).click()
  await expect(page.getByText('通知设置已保存')).toBeVisible()
  await page.reload()
  await expect(choice).toBeChecked()
  await expect(page.getByLabel('从', { exact: true })).toHaveValue('22:00')
  await page.getByLabel('邮箱').fill('not an address @')
  await expectAccessible(page, 'settings of notices')
})

for (const [name, how] of Object.entries({
  'dark, English': { settings: { theme: 'dark', locale: 'en' } },
  phone: { browser: { viewport: { width: 360, height: 740 }, isMobile: true } },
} as const)) {
  test(`every page of notices is whole: ${name}`, async ({ visit }) => {
    const page = await visit(desk, { as: 'admin', path: '/notices', ...how })
    for (const tab of ['', '/settings', '/senders', '/log']) {
      await page.goto(`/notices${tab}`)
      await expect(page.getByRole('tabpanel')).toBeVisible()
      await page.waitForLoadState('networkidle')
      await expectAccessible(page, `/notices${tab}, ${name}`)
      await page.screenshot({ path: `test-results/notices-${name.replace(/\W+/g, '-')}${tab.replace('/', '-')}.png` })
    }
  })
}
