// A note calls a colleague with @: they are told at once, and find themselves
// in the note.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()

test('a colleague who is mentioned is told, and nobody else', async ({ visit }) => {
  const { id } = await desk.ask('夜里施工吵得睡不着')
  const zhang = await visit(desk, { as: 'zhang.wei', path: '/inbox' })
  await expect(zhang.getByTestId('connection-state')).toHaveAttribute('data-state', 'online')
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  const { page } = li
  await li.ready()
  await page.keyboard.press('n')
  await li.composer.pressSequentially('请@')
  const offered = page.getByRole('listbox', { name: '提到谁' }).getByRole('option')
  await expect(offered.first()).toBeVisible()
  await expect(offered.filter({ hasText: '李敏' })).toHaveCount(0)
  await expectAccessible(page, 'the offer of people')
  await li.composer.pressSequentially('张')
  await expect(offered).toHaveCount(1)
  await expect(offered).toContainText('张伟')
  await page.keyboard.press('Enter')
  await expect(li.composer).toHaveValue('请@张伟 ')
  await li.composer.pressSequentially('今晚去看一下，联系 a@b')
  await expect(offered).toHaveCount(0)
  await page.keyboard.press('Control+Enter')
  const note = page.getByTestId('thread-note').filter({ hasText: '今晚去看一下' })
  await expect(note.getByTestId('mention')).toHaveText(['@张伟'])

  const topic = (name: string) =>
    desk.as(name).then((user) => user.get<{ items: { topic: string; ticket?: { id: string } }[] }>('/notices?limit=50'))
  const told = async (name: string) =>
    (await topic(name)).items.filter((item) => item.topic === 'mentioned' && item.ticket?.id === id).length
  await expect.poll(() => told('zhang.wei')).toBe(1)
  expect(await told('li.min')).toBe(0)
  expect(await told('chen.jing')).toBe(0)

  await zhang.getByRole('button', { name: /通知/ }).click()
  await zhang.getByText('备注中提到了您').first().click()
  await expect(zhang).toHaveURL(new RegExp(`/inbox/${id}`))
  await expect(zhang.getByTestId('mention')).toHaveText('@张伟')
  await expectAccessible(zhang, 'a note that mentions the reader')
})

test('a department that has the ticket reads the note that calls it', async ({ visit }) => {
  const { id } = await desk.ask('户口迁移要几天')
  const staff = await desk.as('li.min')
  const { items } = await staff.get<{ items: { id: string; name: string }[] }>('/departments')
  const liaison = await desk.as('wang.tao')
  const { user } = await liaison.get<{ user: { department: { id: string } } }>('/session')
  const bureau = items.find((department) => department.id === user.department.id)
  await staff.post(`/tickets/${id}/escalations`, { department_id: bureau?.id })
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  await li.page.keyboard.press('n')
  await li.composer.pressSequentially('@')
  const first = li.page.getByRole('listbox', { name: '提到谁' }).getByRole('option').first()
  await expect(first).toContainText(bureau?.name ?? '')
  await first.click()
  await li.composer.pressSequentially('请说明所需天数')
  await li.page.keyboard.press('Control+Enter')
  const note = li.page.getByTestId('thread-note')
  await expect(note).toContainText(`${bureau?.name}可见`)
  const { items: story } = await liaison.get<{ items: { type: string; text?: string }[] }>(`/tickets/${id}/timeline`)
  expect(story.filter(({ type }) => type === 'note').map(({ text }) => text)).toEqual([`@${bureau?.name} 请说明所需天数`])
})
