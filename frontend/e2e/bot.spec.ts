// What the bot is for: a citizen has the standard answer at once, or the number of
// the ticket a person will answer.
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk({ bot: true })

test('a citizen has the answer at once, says that it helped, and the ticket is closed', async ({ visit, phone }) => {
  const citizen = await phone(desk)
  await citizen.page.getByTestId('phone-new-citizen').click()
  await citizen.page.getByRole('button', { name: '关注公众号' }).click()
  await expect(citizen.answers).toHaveCount(1)
  await expect(citizen.answers.last()).toContainText('欢迎关注')

  const asked = Date.now()
  await citizen.say('居住证怎么办理')
  await expect(citizen.answers).toHaveCount(2)
  test.info().annotations.push({ type: 'took', description: `${Date.now() - asked} ms from the question to the answer` })
  await expect(citizen.answers.last()).toContainText('非本市户籍人员在安澜居住登记满半年')
  await expect(citizen.answers.last()).toContainText('办理入口：https://')
  await expect(citizen.answers.last()).toContainText('有帮助请回复 1')
  const id = await desk.ticketOf('居住证怎么办理')

  const staff = await visit(desk, { as: 'li.min', path: `/inbox/${id}` })
  const inbox = new Inbox(staff)
  await inbox.ready()
  await expect(inbox.replies).toHaveCount(1)
  await expect(inbox.replies).toHaveAttribute('data-state', 'sent')
  await expect(inbox.replies).toContainText('自动答复')

  await citizen.say('1')
  await expect(citizen.answers.last()).toContainText('感谢您的评价')
  const admin = await desk.as('admin')
  expect(await admin.get<{ state: string; assignee: unknown }>(`/tickets/${id}`)).toMatchObject({ state: 'closed', assignee: null })
})

test('who was not helped stands before everybody, overdue or not, until a person answers', async ({ visit }) => {
  const { citizen, id } = await desk.ask('分户立户怎么办理')
  expect((await desk.platform.answers(citizen)).at(-1)).toContain('有帮助请回复 1')
  const staff = await visit(desk, { as: 'zhou.min', path: '/inbox' })
  const rows = staff.getByTestId('ticket-row')
  await expect(rows.first()).toBeVisible()
  const admin = await desk.as('admin')
  type Listed = { id: string; in_front: boolean; due_at: string }
  const first = async () => (await admin.get<{ items: Listed[] }>('/tickets?view=open&sort=due&limit=5')).items
  expect((await first())[0]!.id).not.toBe(id)

  await desk.platform.tell(citizen, '2')
  await expect(rows.first()).toHaveAttribute('data-ticket-id', id)
  await expect(rows.first().getByRole('img', { name: /^优先答复/ })).toBeVisible()
  const listed = (await first())[0]!
  expect(listed).toMatchObject({ id, in_front: true })
  expect(Date.parse(listed.due_at)).toBeGreaterThan(Date.now() + 3_600_000) // its deadline is what it was

  await staff.goto(`/inbox/${id}`)
  const inbox = new Inbox(staff)
  await inbox.ready()
  await inbox.answer('您好，请带身份证到不动产登记中心办理。')
  await expect(inbox.replies.last()).toHaveAttribute('data-state', 'sent')
  await expect.poll(async () => (await first())[0]!.id).not.toBe(id)
})

test('who asks for a person gets a number, and a person answers', async ({ visit }) => {
  const { citizen, id } = await desk.ask('转人工')
  const admin = await desk.as('admin')
  const ticket = await admin.get<{ number: string; state: string }>(`/tickets/${id}`)
  expect(ticket.state).toBe('new')
  const [, handOver] = await desk.platform.answers(citizen)
  expect(handOver).toContain(ticket.number)
  expect(handOver).toContain('周一至周五 9:00–12:00、13:30–17:30')

  const staff = await visit(desk, { as: 'li.min', path: `/inbox/${id}` })
  const inbox = new Inbox(staff)
  await inbox.ready()
  await expect(inbox.replies).toHaveCount(1)
  await inbox.answer('您好，请问您要咨询什么事项？')
  await expect(inbox.replies.last()).toHaveAttribute('data-state', 'sent')
  // From here on it is theirs: the bot says nothing.
  await desk.platform.tell(citizen, '居住证怎么办理')
  await expect(inbox.messages).toHaveCount(2)
  expect(await desk.platform.answers(citizen)).toHaveLength(3)
})
