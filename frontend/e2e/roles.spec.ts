// Who may do what: a supervisor approves, a liaison sees one department, staff
// manage nobody. What a page hides the server refuses too.
import { demoDesk, password } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()

interface Escalations {
  items: { id: string; ticket_id: string; department: { id: string; name: string }; ticket: { subject: string } }[]
}

test('a reply handed in is approved by the supervisor and only then sent', async ({ visit }) => {
  const { citizen, id } = await desk.ask('老旧小区加装电梯有补贴吗')
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  const zhou = new Inbox(await visit(desk, { as: 'zhou.min', path: '/inbox?view=in_review' }))
  await expect(zhou.connection).toHaveAttribute('data-state', 'online')
  await expect(zhou.rows.first()).toBeVisible()
  await expect(zhou.row(id)).toHaveCount(0)

  await li.composer.fill('您好，每台补贴十万元，请向社区申请。')
  await li.page.getByRole('button', { name: '其他发送方式' }).click()
  await li.page.getByRole('menuitem', { name: '提交审核' }).click()
  await expect(li.replies).toHaveAttribute('data-state', 'in_review')
  await expect(li.replies.getByRole('button', { name: '通过并发送' })).toHaveCount(0)

  await zhou.row(id).click()
  await zhou.ready()
  await expect(zhou.replies).toContainText('每台补贴十万元')
  expect(await desk.platform.answers(citizen)).toEqual([])
  await zhou.replies.getByRole('button', { name: '通过并发送' }).click()
  await expect(zhou.replies).toHaveAttribute('data-state', 'sent')
  await expect(li.replies).toHaveAttribute('data-state', 'sent')
  await expect(li.clock).toHaveAttribute('data-look', 'met')
  expect(await desk.platform.answers(citizen)).toEqual(['您好，每台补贴十万元，请向社区申请。'])
})

test('a reply sent back comes with its reason and never leaves', async ({ visit, watch }) => {
  const { citizen, id } = await desk.ask('共享单车乱停放找谁')
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  await li.composer.fill('您好，请咨询相关部门。')
  watch.expect(/^answer: 409 POST .*\/replies$/)
  await li.page.getByRole('button', { name: '其他发送方式' }).click()
  await li.page.getByRole('menuitem', { name: '提交审核' }).click()
  // An empty phrase is looked at once more; it is still handed in, not sent.
  await expect(li.send).toContainText('已核对，提交审核')
  await li.send.click()
  await expect(li.replies).toHaveAttribute('data-state', 'in_review')

  const zhou = new Inbox(await visit(desk, { as: 'zhou.min', path: `/inbox/${id}` }))
  await zhou.replies.getByRole('button', { name: '退回' }).click()
  const dialog = zhou.page.getByRole('dialog', { name: '退回这条答复' })
  await expect(dialog.getByRole('button', { name: '退回' })).toBeDisabled()
  await dialog.getByLabel('退回原因').fill('没有说找谁，请写清电话')
  await dialog.getByRole('button', { name: '退回' }).click()
  await expect(zhou.replies).toHaveAttribute('data-state', 'rejected')
  await expect(li.replies).toHaveAttribute('data-state', 'rejected')
  await expect(li.replies).toContainText('周敏 退回：没有说找谁，请写清电话')
  expect(await desk.platform.answers(citizen)).toEqual([])
})

test('a liaison sees what the own department was given and nothing else', async ({ visit, watch }) => {
  const supervisor = await desk.as('zhou.min')
  const all = (await supervisor.get<Escalations>('/escalations?view=pending&limit=100')).items
  const ours = all.filter((one) => one.department.name === '公安局户政管理处')
  const other = all.find((one) => one.department.name !== '公安局户政管理处')!
  expect(ours.length).toBeGreaterThan(0)

  const page = await visit(desk, { as: 'wang.tao' })
  const cards = page.getByTestId('escalation-card')
  const card = (id: string) => page.locator(`[data-escalation-id="${id}"]`)
  await expect(page).toHaveURL(/\/liaison$/)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('转办给我们的')
  await expect(cards).toHaveCount(ours.length)
  for (const { id } of ours) await expect(card(id)).toBeVisible()
  await expect(page.getByRole('navigation', { name: '主导航' }).getByRole('listitem')).toHaveText(['转办'])

  // A link to a ticket leads to what the department has of it.
  await page.goto(`/inbox/${ours[0]!.ticket_id}`)
  await expect(page).toHaveURL(`/liaison/${ours[0]!.id}`)
  await expect(page.getByTestId('citizen-words')).toContainText(ours[0]!.ticket.subject)

  watch.expect(new RegExp(`^answer: (403|404) GET /api/v1/escalations/${other.id}`))
  await page.goto(`/liaison/${other.id}`)
  await expect(page.getByText('看不到这件转办')).toBeVisible()
  await expect(page.getByText(other.ticket.subject)).toHaveCount(0)
  const liaison = await desk.as('wang.tao')
  expect(await liaison.status(`/tickets/${other.ticket_id}/timeline`)).toBe(404)

  // What is handed to the department appears without a reload.
  await page.goto('/liaison')
  await expect(page.getByTestId('connection-state')).toHaveAttribute('data-state', 'online')
  const { id } = await desk.ask('户口本丢了怎么补办')
  await expect(cards).toHaveCount(ours.length)
  const li = await desk.as('li.min')
  await li.post(`/tickets/${id}/escalations`, { department_id: ours[0]!.department.id, remark: '请答复补办材料' })
  await expect(cards.filter({ hasText: '户口本丢了怎么补办' })).toContainText('请答复补办材料')
})

test('staff have no users page, and no place of the administrator', async ({ visit }) => {
  const page = await visit(desk, { as: 'li.min' })
  const nav = page.getByRole('navigation', { name: '主导航' })
  await expect(nav.getByRole('link', { name: '知识库' })).toBeVisible()
  for (const place of ['用户', '运行']) await expect(nav.getByRole('listitem').filter({ hasText: place })).toHaveCount(0)
  await expect(nav.getByRole('button', { name: '管理' })).toHaveCount(0)
  for (const path of ['/users', '/operations']) {
    await page.goto(path)
    await expect(page.getByRole('heading', { name: '这里没有内容' })).toBeVisible()
  }
  const li = await desk.as('li.min')
  await expect(li.post('/users', { username: 'new.one', name: '新人', role: 'admin', password, all_accounts: true, account_ids: [] })).rejects.toThrow('403')
  await expect(li.post('/operations/tasks/1/retry')).rejects.toThrow('403')
})

test('a supervisor sees who is who, and changes nobody', async ({ visit }) => {
  const page = await visit(desk, { as: 'zhou.min' })
  await page.getByRole('navigation', { name: '主导航' }).getByRole('button', { name: '管理' }).click()
  await page.getByRole('menuitem', { name: '用户' }).click()
  const people = page.getByRole('main').getByRole('listitem')
  await expect(people.filter({ hasText: '李敏' })).toContainText('回复员')
  await expect(people.filter({ hasText: '王涛' })).toContainText('公安局户政管理处')
  await expect(page.getByRole('button', { name: /编辑|新建用户/ })).toHaveCount(0)
  const zhou = await desk.as('zhou.min')
  const { items } = await zhou.get<{ items: { id: string }[] }>('/users')
  await expect(zhou.patch(`/users/${items[0]!.id}`, { name: '别人' })).rejects.toThrow('403')
})

test('who signs out is out, and comes back to the page that was asked for', async ({ visit, watch }) => {
  watch.expect(/^answer: 401 POST \/api\/v1\/session$/)
  const page = await visit(desk, { path: '/library' })
  await expect(page).toHaveURL(/\/signin\?next=/)
  await page.getByTestId('sign-in-username').fill('chen.jing')
  await page.getByTestId('sign-in-password').fill('not-the-password')
  await page.getByTestId('sign-in-submit').click()
  await expect(page.getByRole('alert')).toContainText('用户名或密码不正确')
  await expect(page.getByTestId('sign-in-password')).toHaveValue('')
  await page.getByTestId('sign-in-password').fill(password)
  await page.getByTestId('sign-in-submit').click()
  await expect(page).toHaveURL(/\/library$/)
  await page.getByRole('button', { name: '陈静 的菜单' }).click()
  await page.getByRole('menuitem', { name: '退出登录' }).click()
  await expect(page).toHaveURL(/\/signin$/)
  await page.goto('/inbox')
  await expect(page).toHaveURL(/\/signin\?next=/)
})
