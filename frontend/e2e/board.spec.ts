// What waits, when it will be late and who has it: a supervisor watches it, and
// an office has it on the wall; staff have no such page.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'

const desk = demoDesk()

interface Holder {
  holder: { id: string; name: string } | null
  waiting: number
}
interface Board {
  waiting: number
  unassigned: number
  hours: { waiting: number }[]
  people: Holder[]
}
const board = async (): Promise<Board> => (await desk.as('zhou.min')).get<Board>('/reports/board')

test('the board follows what comes in and who takes it', async ({ visit }) => {
  const before = await board()
  const page = await visit(desk, { as: 'zhou.min' })
  await page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '看板' }).click()
  const figure = (name: string) => page.locator(`[data-figure="${name}"] dd`)
  await expect(figure('waiting')).toHaveText(String(before.waiting))
  await expect(page.getByTestId('board-hours').getByRole('listitem')).toHaveCount(before.hours.length)

  const { id } = await desk.ask('共享单车乱停放堵住了盲道')
  await expect(figure('waiting')).toHaveText(String(before.waiting + 1))
  await expect(figure('unassigned')).toHaveText(String(before.unassigned + 1))

  const li = await desk.as('li.min')
  const me = await li.get<{ user: { id: string; name: string } }>('/session')
  await li.post(`/tickets/${id}/assign`, { assignee_id: me.user.id })
  await expect(figure('unassigned')).toHaveText(String(before.unassigned))
  const now = (await board()).people.find((person) => person.holder?.id === me.user.id)!
  const line = page.getByTestId('board-people').getByTestId('board-holder').filter({ hasText: me.user.name })
  await expect(line).toContainText(`待办 ${now.waiting} 件`)
  await expectAccessible(page, 'board')

  await line.getByRole('link').click()
  await expect(page).toHaveURL(new RegExp(`assignee_id=${me.user.id}`))
  await expect(page.getByTestId('ticket-row')).toHaveCount(now.waiting)
})

test('the wall shows the figures large and without names', async ({ visit }) => {
  const page = await visit(desk, { as: 'zhou.min', path: '/board' })
  await page.getByRole('link', { name: '大屏' }).click()
  const now = await board()
  await expect(page.getByTestId('wall-figures').locator('dd').first()).toHaveText(String(now.waiting))
  await expect(page.getByTestId('report-chart')).toHaveAttribute('data-drawn', 'true')
  await expect(page.getByRole('navigation', { name: '主导航' })).toHaveCount(0)
  for (const { holder } of now.people) if (holder) await expect(page.getByText(holder.name)).toHaveCount(0)
  await expectAccessible(page, 'board')
  await page.getByRole('link', { name: '返回看板' }).click()
  await expect(page).toHaveURL(/\/board$/)
})

test('staff have neither', async ({ visit }) => {
  const page = await visit(desk, { as: 'li.min' })
  for (const path of ['/board', '/wall']) {
    await page.goto(path)
    await expect(page.getByRole('heading', { name: '这里没有内容' })).toBeVisible()
  }
})
