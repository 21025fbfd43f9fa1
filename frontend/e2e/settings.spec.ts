// What an administrator sets up: accounts whose secrets are only ever written,
// and people who may or may not come in.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'

const desk = demoDesk()
const secret = 'fake-app-secret-0123456789abcdef'

test('an account is connected, and its secrets are never seen again', async ({ visit }) => {
  const page = await visit(desk, { as: 'admin', path: '/accounts' })
  const bodies: string[] = []
  page.on('response', async (response) => {
    if (response.url().includes('/api/v1/accounts')) bodies.push(await response.text().catch(() => ''))
  })
  await page.getByRole('button', { name: '接入账号' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('名称').fill('安澜城管')
  await dialog.getByLabel('AppID').fill('wxjourney00000099')
  await dialog.getByLabel('AppSecret').fill(secret)
  await dialog.getByLabel('Token').fill('fakejourneytoken99')
  await dialog.getByLabel('EncodingAESKey').fill('abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG')
  await expect(dialog.getByLabel('AppSecret')).toHaveAttribute('type', 'password')
  await dialog.getByRole('button', { name: '创建' }).click()
  await expect(dialog).toContainText('账号已接入')
  await expect(dialog).toContainText(`${desk.url}/hooks/wechat/`)
  await dialog.getByRole('button', { name: '关闭' }).first().click()

  const row = page.getByRole('listitem').filter({ hasText: '安澜城管' })
  await expect(row).toContainText('还没有来信')
  await row.getByRole('button', { name: '编辑' }).click()
  await expect(dialog.getByLabel('AppID')).toHaveValue('wxjourney00000099')
  for (const name of ['AppSecret', 'Token', 'EncodingAESKey']) {
    await expect(dialog.getByLabel(name, { exact: true })).toHaveValue('')
    await expect(dialog.getByLabel(name, { exact: true })).toHaveAttribute('placeholder', '••••••••')
  }
  // Saved with empty secrets, the old ones stay.
  await dialog.getByLabel('分组').fill('市级')
  await dialog.getByRole('button', { name: '保存' }).click()
  await expect(dialog).toBeHidden()
  await expect(row).toContainText('市级')
  const admin = await desk.as('admin')
  const { items } = await admin.get<{ items: { name: string; settings: Record<string, unknown> }[] }>('/accounts')
  const saved = items.find((account) => account.name === '安澜城管')
  expect(saved?.settings).toMatchObject({ app_secret_set: true, token_set: true, encoding_aes_key_set: true })
  expect(bodies.length).toBeGreaterThan(0)
  for (const text of [...bodies, await page.content(), JSON.stringify(items), desk.log]) expect(text).not.toContain(secret)
})

test('an account is checked against its platform', async ({ visit, watch }) => {
  const page = await visit(desk, { as: 'admin', path: '/accounts' })
  const row = page.getByRole('listitem').filter({ hasText: '安澜公安' })
  await row.getByRole('button', { name: '检查凭证' }).click()
  await expect(row).toContainText('凭证有效')
  watch.expect(/^answer: 422 POST .*\/check$/)
  await desk.platform.fault({ fault: 'ip_blocked', probability: 1 })
  await row.getByRole('button', { name: '检查凭证' }).click()
  await expect(row.getByRole('alert')).toContainText('检查没有通过')
  await desk.platform.fault()
})

test('a user is made, signs in, and is shut out at once when switched off', async ({ visit, watch }) => {
  const admin = await visit(desk, { as: 'admin', path: '/users' })
  await admin.getByRole('button', { name: '新建用户' }).click()
  const dialog = admin.getByRole('dialog')
  await dialog.getByLabel('姓名').fill('林晓')
  await dialog.getByLabel('用户名').fill('lin.xiao')
  await dialog.getByLabel('密码').fill('another-fake-password')
  await dialog.getByRole('button', { name: '创建' }).click()
  await expect(dialog).toBeHidden()
  const row = admin.getByRole('listitem').filter({ hasText: '林晓' })
  await expect(row).toContainText('回复员')
  await expect(row).toContainText('从未登录')

  const lin = await visit(desk, { path: '/signin' })
  await lin.getByTestId('sign-in-username').fill('lin.xiao')
  await lin.getByTestId('sign-in-password').fill('another-fake-password')
  await lin.getByTestId('sign-in-submit').click()
  await expect(lin.getByTestId('connection-state')).toHaveAttribute('data-state', 'online')

  // What waits with her goes back to nobody, and the page says so before.
  const api = await desk.as('admin')
  const { id } = await desk.ask('公交卡退卡在哪里办')
  const { items } = await api.get<{ items: { id: string; name: string }[] }>('/users')
  await api.post(`/tickets/${id}/assign`, { assignee_id: items.find(({ name }) => name === '林晓')!.id })
  await row.getByRole('button', { name: '编辑林晓' }).click()
  await dialog.getByRole('switch', { name: '可以登录' }).click()
  await expect(dialog.getByTestId('leaving')).toContainText('TA 有 1 件未办结的工单，保存后退回未分配')
  await expectAccessible(admin, 'somebody leaves', '[role="dialog"]')
  await dialog.getByRole('button', { name: '保存' }).click()
  await expect(row).toContainText('已停用')
  await expect.poll(async () => (await api.get<{ assignee: unknown }>(`/tickets/${id}`)).assignee).toBeNull()
  const zhou = await visit(desk, { as: 'zhou.min', path: `/inbox/${id}` })
  await expect(zhou.getByTestId('thread')).toContainText('林晓不再受理工单，退回未分配')
  watch.expect(/^answer: 401 (GET|POST) /)
  await expect(lin).toHaveURL(/\/signin/)
})

test('a password of too few characters is refused at its field', async ({ visit, watch }) => {
  const page = await visit(desk, { as: 'admin', path: '/users' })
  await page.getByRole('button', { name: '新建用户' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('姓名').fill('吴迪')
  await dialog.getByLabel('用户名').fill('wu.di')
  await dialog.getByLabel('密码').fill('short')
  watch.expect(/^answer: 4(00|22) POST \/api\/v1\/users$/)
  await dialog.getByRole('button', { name: '创建' }).click()
  await expect(dialog.getByLabel('密码')).toHaveAttribute('aria-invalid', 'true')
  await expect(dialog).toBeVisible()
})
