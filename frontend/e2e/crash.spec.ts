// The desk is killed in the middle of things and started again, while the
// platform lives on: nothing is lost, nothing is sent twice.
import { plainDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'
import { serverGone } from './support/watch.ts'

const desk = plainDesk()

test.beforeEach(({ watch }) => watch.expect(...serverGone))
test.afterEach(() => desk.platform.fault())

test('killed after it took a message, and again while the platform repeats it: the message is there once', async ({ visit }) => {
  const staff = await visit(desk, { as: 'li.min' })
  const inbox = new Inbox(staff)
  await expect(inbox.connection).toHaveAttribute('data-state', 'online')

  const citizen = await desk.platform.newCitizen()
  await desk.platform.tell(citizen, '医保断缴一个月有影响吗')
  await desk.program.kill()
  await expect(inbox.connection).toHaveAttribute('data-state', 'reconnecting')
  // Said to nobody: the platform tries again, and this callback comes twice.
  await desk.platform.fault({ fault: 'callback_duplicate', count: 1 })
  const { id: bubble } = await desk.platform.say(citizen, '补缴要带什么材料')
  await desk.program.start()
  await desk.platform.accepted(citizen, bubble)

  await expect(inbox.connection).toHaveAttribute('data-state', 'online')
  await inbox.rows.filter({ hasText: '医保断缴一个月有影响吗' }).click()
  await expect(inbox.messages).toHaveText([/医保断缴一个月有影响吗/, /补缴要带什么材料/])
  await expect(inbox.rows).toHaveCount(1)
})

test('killed while a reply is being sent: its result is unknown, and it is not sent again', async ({ visit }) => {
  const { citizen, id } = await desk.ask('公积金账户怎么转到外地')
  const staff = await visit(desk, { as: 'li.min', path: `/inbox/${id}` })
  const inbox = new Inbox(staff)
  await inbox.ready()
  // The platform has the message and is slow to say so.
  await desk.platform.fault({ fault: 'send_slow', count: 1, delay_ms: 30_000 })
  await inbox.answer('您好，请在新单位所在城市的公积金网上大厅申请转移。')
  await expect(inbox.replies).toHaveAttribute('data-state', 'sending')
  await expect.poll(() => desk.platform.answers(citizen)).toHaveLength(1)

  await desk.program.kill()
  await expect(inbox.connection).toHaveAttribute('data-state', 'reconnecting')
  await desk.program.start()
  await expect(inbox.connection).toHaveAttribute('data-state', 'online')
  await expect(inbox.replies).toHaveCount(1)
  await expect(inbox.replies).toHaveAttribute('data-state', 'unknown')
  // An unknown result is no answer: the clock runs on.
  await expect(inbox.clock).toHaveAttribute('data-look', 'running')
  expect(await desk.platform.answers(citizen)).toHaveLength(1)
})

test('killed before a reply could leave: it leaves once after the start', async ({ visit }) => {
  const { citizen, id } = await desk.ask('身份证到期了在哪里换')
  const staff = await visit(desk, { as: 'li.min', path: `/inbox/${id}` })
  const inbox = new Inbox(staff)
  await inbox.ready()
  await desk.platform.fault({ fault: 'send_busy', count: 1 })
  await inbox.answer('您好，请到就近的派出所户籍窗口办理。')
  // The platform was busy, the reply waits for its second try.
  await expect.poll(() => desk.platform.faultsLeft('send_busy')).toBe(0)
  await expect(inbox.replies).toHaveAttribute('data-state', 'approved')
  await desk.program.kill()
  expect(await desk.platform.answers(citizen)).toHaveLength(0)

  await desk.program.start()
  await expect(inbox.replies).toHaveCount(1)
  await expect(inbox.replies).toHaveAttribute('data-state', 'sent')
  await expect(inbox.clock).toHaveAttribute('data-look', 'met')
  expect(await desk.platform.answers(citizen)).toEqual(['您好，请到就近的派出所户籍窗口办理。'])
})
