// Teams: made by a supervisor, tickets that nobody has go round their members,
// and who pauses is passed over.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()

test('tickets go round a team, and who pauses is passed over', async ({ visit }) => {
  const boss = await visit(desk, { as: 'zhou.min', path: '/teams' })
  await expect(boss.getByText('还没有小组')).toBeVisible()
  await expectAccessible(boss, 'no teams')
  await boss.getByRole('button', { name: '添加小组' }).click()
  const dialog = boss.getByRole('dialog')
  await dialog.getByLabel('名称').fill('热线一组')
  for (const name of ['李敏', '张伟']) await dialog.getByLabel(name).check()
  await dialog.getByRole('switch', { name: '任何时间都分派' }).click()
  await expectAccessible(boss, 'a new team', '[role="dialog"]')
  await dialog.getByRole('button', { name: '添加', exact: true }).click()
  const team = boss.getByTestId('teams').getByRole('listitem').filter({ hasText: '热线一组' })
  await expect(team).toContainText('轮流')
  await expect(team).toContainText('任何时间')

  // What nobody had is given, and whoever has it is told why.
  const admin = await desk.as('admin')
  const waiting = async () => (await admin.get<{ items: unknown[] }>('/tickets?view=unassigned')).items.length
  await expect.poll(waiting).toBe(0)
  const assignee = async (id: string) => (await admin.get<{ assignee: { name: string } | null }>(`/tickets/${id}`)).assignee?.name
  const first = await desk.ask('老小区加装电梯找谁')
  const second = await desk.ask('小区门口的路灯不亮')
  await expect.poll(async () => [await assignee(first.id), await assignee(second.id)].toSorted()).toEqual(['张伟', '李敏'])
  const own = (await assignee(first.id)) === '李敏' ? first.id : second.id
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${own}` }))
  await li.ready()
  await expect(li.page.getByTestId('thread')).toContainText('系统分配给 李敏（热线一组，轮流）')
  const api = await desk.as('li.min')
  await expect
    .poll(async () => (await api.get<{ items: { event: string; ticket_id?: string }[] }>('/notices')).items.map(({ event }) => event))
    .toContain('ticket.assigned')

  await li.page.getByRole('button', { name: /李敏.*菜单/ }).click()
  await li.page.getByRole('menuitem', { name: '暂停接单' }).click()
  await expect(li.page.getByText('系统不再分派工单给您')).toBeVisible()
  await expect(team).toContainText('李敏（不接单）')
  for (const text of ['楼道堆满杂物', '单元门禁坏了']) {
    const { id } = await desk.ask(text)
    await expect.poll(() => assignee(id)).toBe('张伟')
  }

  // The inbox shows a team's tickets, and keeps that as a view.
  const { items } = await admin.get<{ items: { id: string; name: string }[] }>('/users')
  const away = await desk.ask('公园长椅断了一根')
  await expect.poll(() => assignee(away.id)).toBe('张伟')
  await admin.post(`/tickets/${away.id}/assign`, { assignee_id: items.find(({ name }) => name === '陈静')!.id })
  await li.page.goto(`${desk.url}/inbox?sort=newest`)
  await expect(li.page.getByTestId('ticket-row').filter({ hasText: '公园长椅' })).toHaveCount(1)
  await li.page.getByRole('button', { name: '筛选' }).click()
  await li.page.getByRole('dialog', { name: '筛选' }).getByLabel('小组').selectOption({ label: '热线一组' })
  await expect(li.page.getByTestId('ticket-row').filter({ hasText: '公园长椅' })).toHaveCount(0)
  await expect(li.page.getByTestId('ticket-row').filter({ hasText: '楼道堆满杂物' })).toHaveCount(1)
  await li.page.keyboard.press('Escape')
  await li.page.getByTestId('saved-views').getByRole('button', { name: '存为视图' }).click()
  await expect(li.page.getByRole('dialog', { name: '存为视图' }).getByLabel('名称')).toHaveValue('热线一组')
  await li.page.keyboard.press('Escape')

  // Nobody has room: it waits until somebody has.
  const people = boss.getByTestId('workloads')
  await people.getByRole('button', { name: '张伟的接单设置' }).click()
  await dialog.getByLabel('容量（件）').fill('0')
  await expectAccessible(boss, 'what a person takes', '[role="dialog"]')
  await dialog.getByRole('button', { name: '保存' }).click()
  await expect(people.getByRole('listitem').filter({ hasText: '张伟' })).toContainText('不分派')
  await expectAccessible(boss, 'teams')
  const { id } = await desk.ask('公园的健身步道塌了一块')
  await li.page.getByRole('button', { name: /李敏.*菜单/ }).click()
  expect(await assignee(id)).toBeUndefined()
  await li.page.getByRole('menuitem', { name: '恢复接单' }).click()
  await expect.poll(() => assignee(id)).toBe('李敏')

  await team.getByRole('button', { name: /删除/ }).click()
  await expect(boss.getByText('还没有小组')).toBeVisible()
})
