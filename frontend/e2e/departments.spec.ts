// A ticket at a department: given by the desk, worked on at a phone, and back.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()
const phoneSize = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }

interface Escalations {
  items: { id: string; state: string }[]
}

const escalationOf = async (ticket: string): Promise<string> => {
  const li = await desk.as('li.min')
  return (await li.get<Escalations>(`/tickets/${ticket}/escalations`)).items.at(-1)!.id
}

test('a question goes to a department and its answer to the citizen', async ({ visit, phone }) => {
  test.slow() // three screens, each looked at for accessibility
  const citizen = await phone(desk)
  await citizen.becomeNew()
  await citizen.say('集体户口怎么迁到自己的房子')
  const id = await desk.ticketOf('集体户口怎么迁到自己的房子')
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  const wang = await visit(desk, { as: 'wang.tao', path: '/', browser: phoneSize })
  await expect(wang).toHaveURL(/\/liaison$/)
  await expect(wang.getByRole('heading', { level: 1 })).toHaveText('转办给我们的')

  await li.page.keyboard.press('t')
  const dialog = li.page.getByRole('dialog', { name: '转办到承办单位' })
  const { user } = await (await desk.as('wang.tao')).get<{ user: { department: { id: string } } }>('/session')
  await dialog.getByLabel('承办单位').selectOption(user.department.id)
  await dialog.getByLabel('转办说明').fill('请写明所需材料和办理地点')
  await expectAccessible(li.page, 'dispatching', '[role="dialog"]')
  await dialog.getByRole('button', { name: '转办', exact: true }).click()
  await expect(li.page.getByTestId('escalations')).toContainText('待签收')

  // It comes to the phone by itself.
  const card = wang.getByTestId('escalation-card').filter({ hasText: '集体户口怎么迁到自己的房子' })
  await expect(card).toContainText('请写明所需材料和办理地点')
  await expect(card).toContainText('主办')
  await expectAccessible(wang, 'the list of a liaison')
  await card.click()
  await expect(wang.getByTestId('citizen-words')).toContainText('集体户口怎么迁到自己的房子')
  await expectAccessible(wang, 'an item of a liaison')
  await wang.getByRole('button', { name: '签收', exact: true }).click()
  await expect(wang.getByTestId('escalation')).toHaveAttribute('data-state', 'signed')
  await expect(li.page.getByTestId('escalations')).toContainText('办理中')

  // What is written outlives the page.
  const answer = '请携带身份证、户口页和房产证明，到人民路 1 号户政大厅办理。'
  await wang.getByRole('button', { name: '答复', exact: true }).click()
  await wang.getByLabel('答复内容').fill(answer)
  await expectAccessible(wang, 'writing as a liaison')
  await wang.reload()
  await wang.getByRole('button', { name: '答复', exact: true }).click()
  await expect(wang.getByLabel('答复内容')).toHaveValue(answer)
  await wang.getByRole('button', { name: '提交答复' }).click()
  await expect(wang.getByTestId('escalation')).toHaveAttribute('data-state', 'answered')
  await expect(wang.getByTestId('escalation')).toContainText('等待回复台答复市民')
  expect(await wang.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('desk.escalation.')))).toEqual([])

  const panel = li.page.getByTestId('escalations')
  await expect(panel.getByTestId('department-answer')).toHaveText(answer)
  await expectAccessible(li.page, 'the answer of a department')
  await panel.getByRole('button', { name: '用作答复' }).click()
  await expect(li.composer).toHaveValue(answer)
  await li.send.click()
  await expect(li.reply(answer)).toHaveAttribute('data-state', 'sent')
  await expect(citizen.answers.last()).toContainText(answer)
  await expect(wang.getByTestId('escalation')).toHaveAttribute('data-state', 'accepted')
})

test('what a department writes is kept while nothing can be sent', async ({ visit, watch }) => {
  watch.expect(/^failed: net::ERR_INTERNET_DISCONNECTED POST/)
  const { id } = await desk.ask('身份证到期了能在外地换吗')
  const li = await desk.as('li.min')
  const wang = await desk.as('wang.tao')
  const mine = await wang.get<{ user: { department: { id: string } } }>('/session')
  await li.post(`/tickets/${id}/escalations`, { department_id: mine.user.department.id })
  const escalation = await escalationOf(id)
  const page = await visit(desk, { as: 'wang.tao', path: `/liaison/${escalation}`, browser: phoneSize })
  await page.getByRole('button', { name: '答复', exact: true }).click()
  await page.getByLabel('答复内容').fill('可以，请到任一派出所。')
  await page.route('**/api/v1/escalations/*/answer', (route) => route.abort('internetdisconnected'))
  await page.getByRole('button', { name: '提交答复' }).click()
  await expect(page.getByRole('alert')).toContainText('内容已保留')
  await page.goto('/liaison')
  await expect(page.locator(`[data-escalation-id="${escalation}"]`)).toContainText('有未提交的文字')
  await page.unroute('**/api/v1/escalations/*/answer')
  await page.goto(`/liaison/${escalation}`)
  await page.getByRole('button', { name: '答复', exact: true }).click()
  await expect(page.getByLabel('答复内容')).toHaveValue('可以，请到任一派出所。')
  await page.getByRole('button', { name: '提交答复' }).click()
  await expect(page.getByTestId('escalation')).toHaveAttribute('data-state', 'answered')
})

test('a department asks for time and gives back, and the desk agrees', async ({ visit, watch }) => {
  // What was given back is the department's no more.
  watch.expect(/^answer: 404 GET \/api\/v1\/(escalations\/|tickets\/\d+\/timeline)/)
  const { id } = await desk.ask('小区旁边的河道有异味')
  const li = await desk.as('li.min')
  const { user } = await (await desk.as('wang.tao')).get<{ user: { department: { id: string } } }>('/session')
  await li.post(`/tickets/${id}/escalations`, { department_id: user.department.id, remark: '请核实' })
  const escalation = await escalationOf(id)
  const wang = await visit(desk, { as: 'wang.tao', path: `/liaison/${escalation}`, browser: phoneSize })
  const staff = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await staff.ready()
  const panel = staff.page.getByTestId('escalations')

  await wang.getByRole('button', { name: '签收', exact: true }).click()
  await wang.getByRole('button', { name: '申请延期' }).click()
  await wang.getByRole('button', { name: '+3 天' }).click()
  await wang.getByRole('button', { name: '需要现场核实' }).click()
  await expectAccessible(wang, 'asking for time')
  await wang.getByRole('form', { name: '申请延期' }).getByRole('button', { name: '申请延期' }).click()
  await expect(wang.getByTestId('escalation')).toContainText('已申请延期')
  await panel.getByRole('button', { name: '同意延期', exact: true }).click()
  await expect(wang.getByTestId('escalation')).toContainText('已同意延期')

  await wang.getByRole('button', { name: '退回', exact: true }).click()
  await wang.getByLabel('退回理由').fill('河道由水务部门管理')
  await wang.getByRole('button', { name: '申请退回' }).click()
  await expect(wang.getByTestId('escalation')).toHaveAttribute('data-state', 'returning')
  await expect(panel).toContainText('河道由水务部门管理')
  await panel.getByRole('button', { name: '同意退回', exact: true }).click()
  await expect(panel).toContainText('已退回')
  await expect(wang.getByText('看不到这件转办')).toBeVisible()
  await wang.getByRole('link', { name: '返回列表' }).click()
  await expect(wang.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(wang.locator(`[data-escalation-id="${escalation}"]`)).toHaveCount(0)
})

test('the desk sees all that departments have, urges and takes the answer', async ({ visit }) => {
  const li = await desk.as('li.min')
  const wang = await desk.as('wang.tao')
  const { user } = await wang.get<{ user: { department: { id: string; name: string } } }>('/session')
  const dispatched = async (words: string): Promise<string> => {
    const { id } = await desk.ask(words)
    await li.post(`/tickets/${id}/escalations`, { department_id: user.department.id, remark: '请尽快核实' })
    return escalationOf(id)
  }
  const urged = await dispatched('路牌字迹看不清了怎么反映')
  const answered = await dispatched('路牌倒在人行道上怎么反映')
  await li.post(`/escalations/${urged}/urge`)
  const page = await visit(desk, { as: 'li.min', path: '/escalations' })
  await page.getByRole('navigation', { name: '转办列表' }).getByRole('link', { name: '待签收' }).click()
  await page.getByRole('searchbox', { name: '工单号、诉求、意见或答复' }).fill('路牌 反映')
  const lines = page.getByTestId('escalation-line')
  await expect(lines).toHaveCount(2)
  await page.getByLabel('承办单位', { exact: true }).selectOption(user.department.id)
  await page.getByLabel('我转办或受理的').check()
  await expect(page).toHaveURL(/mine=true/)
  await expect(lines).toHaveCount(2)
  await expectAccessible(page, 'what departments have')

  // Several at once: what was urged just now is told.
  await lines.first().getByRole('checkbox').check()
  await page.getByRole('button', { name: '全选已显示的' }).click()
  await page.getByTestId('escalation-bulk').getByRole('button', { name: '催办' }).click()
  const dialog = page.getByRole('dialog', { name: '催办 2 件' })
  await dialog.getByLabel('催办说明').fill('市民在等')
  await dialog.getByRole('button', { name: '催办 2 件' }).click()
  await expect(dialog.getByTestId('urge-result')).toContainText('已催办 1 件')
  await expect(dialog.getByTestId('urge-result')).toContainText('刚刚催办过')
  await dialog.getByRole('button', { name: '关闭' }).first().click()
  await expect(lines.filter({ hasText: '催办 1 次' })).toHaveCount(2)

  // The answer leaves this list by itself and waits for the desk.
  await wang.post(`/escalations/${answered}/answer`, { text: '已派人扶正，感谢反映。' })
  await expect(lines).toHaveCount(1)
  await page.getByRole('navigation', { name: '转办列表' }).getByRole('link', { name: '需要本台处理' }).click()
  await expect(lines).toHaveCount(1)
  await expect(lines).toContainText('待采用')
  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: '导出' }).click()
  await page.getByRole('menuitem', { name: 'CSV' }).click()
  expect((await saved).suggestedFilename()).toBe('escalations.csv')
  await lines.getByRole('button', { name: '用作答复' }).click()
  const inbox = new Inbox(page)
  await expect(inbox.composer).toHaveValue('已派人扶正，感谢反映。')
  await expect(page.locator(`[data-escalation-id="${answered}"]`)).toHaveAttribute('aria-current', 'true')

  const out = await visit(desk, { as: 'wang.tao', path: '/escalations' })
  await expect(out.getByTestId('escalation-line')).toHaveCount(0)
  await expect(out.getByRole('navigation', { name: '转办列表' })).toHaveCount(0)
})
