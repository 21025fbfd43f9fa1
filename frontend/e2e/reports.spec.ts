// What came in and how it was dealt with: a supervisor reads it, narrows it,
// takes it along and prints it; staff have no such page.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()

interface Report {
  total: { now: Record<string, number | null> }
  rows: { key: string; name: string; now: Record<string, number | null> }[]
}
const figures = async (query = ''): Promise<Report> => (await desk.as('zhou.min')).get<Report>(`/reports/desk?days=1${query}`)

test('an answer is in the figures, in every breakdown and in the files', async ({ visit }) => {
  // What the demo begins with is counted a moment after the desk has opened.
  await expect.poll(async () => (await figures()).total.now.received).toBeGreaterThan(0)
  const before = (await figures()).total.now
  const { id } = await desk.ask('夜间施工噪声扰民怎么投诉')
  await expect.poll(async () => (await figures()).total.now.received).toBe((before.received ?? 0) + 1)

  const inbox = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await inbox.ready()
  await inbox.answer('您好，已转城管部门夜间巡查。')
  await expect(inbox.replies).toHaveAttribute('data-state', 'sent')
  await expect.poll(async () => (await figures()).total.now.answered).toBe((before.answered ?? 0) + 1)
  const now = (await figures()).total.now
  expect(now.replied).toBe((before.replied ?? 0) + 1)

  const page = await visit(desk, { as: 'zhou.min' })
  await page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '报表' }).click()
  await page.getByRole('group', { name: '统计期间' }).getByText('日', { exact: true }).click()
  const figure = (name: string) => page.locator(`[data-figure="${name}"]`)
  await expect(figure('received').getByTestId('value')).toHaveText(String(now.received))
  await expect(figure('answered').getByTestId('value')).toHaveText(String(now.answered))
  await expect(figure('reply_rate').getByTestId('value')).toHaveText(`${Math.round((now.reply_rate ?? 0) * 1000) / 10}%`)

  // Every way to break it down has the same sum; a row narrows the page to itself.
  for (const [name, by] of [['类型', 'kind'], ['承办单位', 'department'], ['受理人', 'person'], ['类别', 'category'], ['时段', 'hour'], ['账号', 'account']] as const) {
    await page.getByRole('group', { name: '分项统计' }).getByText(name, { exact: true }).click()
    const table = page.getByTestId(`breakdown-${by}`)
    await expect(table.getByRole('row').last().getByRole('cell').first()).toHaveText(String(now.received))
    await expect(page).toHaveURL(new RegExp(`by=${by}`))
  }
  const first = (await figures('&by=account')).rows[0]
  await page.getByTestId('breakdown-account').getByRole('button', { name: first?.name }).click()
  await expect(page.getByTestId('narrowed')).toContainText(`只看 ${first?.name}`)
  await expect(figure('received').getByTestId('value')).toHaveText(String(first?.now.received))
  await page.getByTestId('narrowed').click()
  await expect(figure('received').getByTestId('value')).toHaveText(String(now.received))

  const saved = page.waitForEvent('download')
  await page.getByRole('button', { name: '导出', exact: true }).click()
  await page.getByRole('menuitem', { name: /按账号，.*CSV/ }).click()
  expect((await saved).suggestedFilename()).toMatch(/^desk-.*\.csv$/)
  const admin = await desk.as('admin')
  const audit = await admin.get<{ items: { object: string; actor: { name: string } }[] }>('/audit?action=data.')
  expect(audit.items[0]).toMatchObject({ object: 'report:desk' })
})

test('what citizens say of an answer is counted, and counted again when they think otherwise', async ({ visit }) => {
  const { id } = await desk.ask('公园的长椅坏了')
  const staff = await desk.as('li.min')
  const inbox = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await inbox.ready()
  await inbox.answer('您好，已安排更换。')
  await expect(inbox.replies).toHaveAttribute('data-state', 'sent')
  const before = (await figures()).total.now
  const { number, code } = await staff.post<{ number: string; code: string }>(`/tickets/${id}/code`)
  const rate = (mark: string) =>
    fetch(`${desk.url}/p/rate`, { method: 'POST', body: new URLSearchParams({ number, code, mark, lang: 'zh' }) })
  expect((await rate('1')).status).toBe(200)
  await expect.poll(async () => (await figures()).total.now.rated).toBe((before.rated ?? 0) + 1)
  expect((await figures()).total.now.dissatisfied_rate).toBeGreaterThan(0)
  expect((await rate('5')).status).toBe(200)
  await expect.poll(async () => (await figures()).total.now.dissatisfied_rate).toBe(before.dissatisfied_rate ?? 0)
  const now = (await figures()).total.now
  expect(now.rated).toBe((before.rated ?? 0) + 1)

  const page = await visit(desk, { as: 'zhou.min', path: '/reports' })
  const section = page.getByTestId('satisfaction')
  await page.getByRole('group', { name: '统计期间' }).getByText('日', { exact: true }).click()
  await expect(section.locator('[data-figure="rated"]').getByTestId('value')).toHaveText(String(now.rated))
  await expect(section.locator('[data-figure="satisfied_rate"]').getByTestId('value')).toHaveText(`${Math.round((now.satisfied_rate ?? 0) * 1000) / 10}%`)
  await expect(section.getByRole('listitem').filter({ hasText: '非常满意' }).first()).toContainText(/非常满意：[1-9]/)
  await expect(section.getByTestId('satisfaction-account').getByRole('row')).toHaveCount(2)
  await expect(page.getByTestId('definitions')).toContainText('满意和非常满意（4、5 分）的比例')
  await expectAccessible(page, 'the reports with satisfaction')
  const folder = process.env.DESK_TEST_PICTURES
  if (folder) {
    await section.scrollIntoViewIfNeeded()
    await page.screenshot({ path: `${folder}/satisfaction.png` })
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 390, height: 844 })
    await section.screenshot({ path: `${folder}/satisfaction-phone.png` })
  }
})

test('what citizens ask most is listed, with the way to its entry', async ({ visit }) => {
  const { id } = await desk.ask('居住证怎么办理')
  const staff = await desk.as('li.min')
  const { items } = await staff.get<{ items: { entry_id: string; question: string; answer: string }[] }>(`/tickets/${id}/suggestions`)
  const entry = items[0]
  const inbox = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await inbox.ready()
  const { last_event } = await staff.get<{ last_event: number }>(`/tickets/${id}`)
  await staff.post(`/tickets/${id}/replies`, { text: entry?.answer, entry_id: entry?.entry_id, seen_event: last_event })
  await expect(inbox.replies).toHaveAttribute('data-state', 'sent')

  const page = await visit(desk, { as: 'zhou.min', path: '/reports' })
  const section = page.getByTestId('topics')
  const row = section.getByRole('row').filter({ hasText: entry?.question })
  await expect(row).toContainText('知识条目')
  await expectAccessible(page, 'the reports with topics')
  const folder = process.env.DESK_TEST_PICTURES
  if (folder) {
    await section.screenshot({ path: `${folder}/topics.png` })
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 390, height: 844 })
    await section.screenshot({ path: `${folder}/topics-phone.png` })
    await page.setViewportSize({ width: 1440, height: 900 })
  }
  await row.getByRole('link').click()
  await expect(page).toHaveURL(new RegExp(`/library/${entry?.entry_id}$`))
})

test('the days are chosen, one unit after the other, and each figure says what it means', async ({ visit }) => {
  const page = await visit(desk, { as: 'zhou.min', path: '/reports?unit=month&from=2026-03-01&to=2026-03-31' })
  await expect(page.getByTestId('range')).toHaveText('2026年3月')
  await expect(page.getByTestId('compared')).toHaveText('2026-03-01 – 2026-03-31，与 2026-02-01 – 2026-02-28 比较')
  await page.getByRole('button', { name: '前一期' }).click()
  await expect(page.getByTestId('range')).toHaveText('2026年2月')
  await page.getByRole('group', { name: '统计期间' }).getByText('季', { exact: true }).click()
  await expect(page.getByTestId('range')).toHaveText('2026-01-01 – 2026-03-31')
  await expect(page.getByTestId('compared')).toContainText('与 2025-10-01 – 2025-12-31 比较')
  await page.getByRole('group', { name: '统计期间' }).getByText('自选', { exact: true }).click()
  await page.getByLabel('结束日期').fill('2026-02-10')
  await expect(page.getByTestId('compared')).toContainText('2026-01-01 – 2026-02-10，')
  await expect(page.getByText('这段时间没有工单')).toBeVisible()
  await expect(page.getByTestId('definitions')).toContainText('期间内收到、需要答复的工单中，到现在已有答复送达市民的比例')
})

test('the monthly report is a sheet that prints', async ({ visit }) => {
  await desk.ask('社保卡怎么补办')
  await expect.poll(async () => (await figures()).total.now.received).toBeGreaterThan(0)
  const page = await visit(desk, { as: 'zhou.min', path: '/reports' })
  await expect(page.getByTestId('report-chart').first()).toHaveAttribute('data-drawn', 'true')
  await page.getByRole('link', { name: '打印月报' }).click()
  const sheet = page.getByTestId('sheet')
  for (const by of ['account', 'kind', 'department', 'person', 'category', 'hour']) await expect(sheet.getByTestId(`breakdown-${by}`)).toBeVisible()
  await expect(sheet.getByTestId('definitions')).toContainText('答复率')
  await expectAccessible(page, 'the sheet')
  await page.emulateMedia({ media: 'print' })
  await expect(page.getByRole('navigation', { name: '主导航' })).toBeHidden()
  await expect(page.getByRole('button', { name: '打印' })).toBeHidden()
  const folder = process.env.DESK_TEST_PICTURES
  if (folder) await page.pdf({ path: `${folder}/report-sheet.pdf`, format: 'A4' })
  // All of it is on paper, not only what fits the window.
  const paper = await sheet.evaluate((element) => element.getBoundingClientRect().height)
  expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeGreaterThanOrEqual(Math.floor(paper))
})

test('staff have no reports', async ({ visit }) => {
  const page = await visit(desk, { as: 'li.min', path: '/reports' })
  await expect(page.getByRole('heading', { name: '这里没有内容' })).toBeVisible()
  await expect(page.getByRole('link', { name: '报表' })).toHaveCount(0)
})

test('what a department was given is counted by its own deadlines', async ({ visit }) => {
  const { id } = await desk.ask('路灯坏了三天没人修')
  const [staff, liaison, chief] = [await desk.as('li.min'), await desk.as('wang.tao'), await desk.as('zhou.min')]
  const { user } = await liaison.get<{ user: { department: { id: string; name: string } } }>('/session')
  interface Row { department: { id: string }; now: { dispatched: number; given_answer: number }; open: number }
  const mine = async () =>
    (await chief.get<{ rows: Row[] }>('/reports/departments?days=1&own=true')).rows.find((row) => row.department.id === user.department.id)
  const before = await mine()
  await staff.post(`/tickets/${id}/escalations`, { department_id: user.department.id })
  await expect.poll(async () => (await mine())?.now.dispatched).toBe((before?.now.dispatched ?? 0) + 1)
  expect((await mine())?.open).toBe((before?.open ?? 0) + 1)
  const { items } = await staff.get<{ items: { id: string }[] }>(`/tickets/${id}/escalations`)
  await liaison.post(`/escalations/${items[0]?.id}/answer`, { text: '已安排维修' })
  await expect.poll(async () => (await mine())?.now.given_answer).toBe((before?.now.given_answer ?? 0) + 1)
  const now = await mine()

  const page = await visit(desk, { as: 'zhou.min', path: '/reports' })
  await page.getByRole('group', { name: '统计期间' }).getByText('日', { exact: true }).click()
  const section = page.getByTestId('departments')
  await section.getByRole('group', { name: '上级单位的数字' }).getByText('只算本单位').click()
  const row = section.locator(`[data-department="${user.department.name}"]`)
  await expect(row.locator('[data-figure="dispatched"]')).toContainText(String(now?.now.dispatched))
  await expect(row.locator('[data-figure="given_answer"]')).toContainText(String(now?.now.given_answer))
  await expect(row.locator('[data-figure="answer_on_time_rate"]')).toContainText('%')
  await section.getByText('各项含义').click()
  await expect(section.getByTestId('department-definitions')).toContainText('从未超时的比例')
  await expectAccessible(page, 'the reports with departments')
  const saved = page.waitForEvent('download')
  await section.getByRole('button', { name: '导出承办单位办理情况' }).click()
  await page.getByRole('menuitem', { name: /XLSX|Excel/ }).click()
  expect((await saved).suggestedFilename()).toMatch(/^departments-.*\.xlsx$/)
  const folder = process.env.DESK_TEST_PICTURES
  if (folder) {
    await section.screenshot({ path: `${folder}/departments.png` })
    await page.emulateMedia({ colorScheme: 'dark' })
    await section.screenshot({ path: `${folder}/departments-dark.png` })
    await page.setViewportSize({ width: 390, height: 844 })
    await section.screenshot({ path: `${folder}/departments-phone.png` })
    await page.setViewportSize({ width: 1440, height: 900 })
  }
  await section.getByRole('group', { name: '主办或协办' }).getByText('协办', { exact: true }).click()
  await expect(row).toHaveCount(0)

  await page.goto(`${desk.url}/reports/sheet`)
  await expect(page.getByTestId('departments-table')).toBeVisible()
})

test('a hotspot has a page of its own, from the reports and from a ticket', async ({ visit }) => {
  const chief = await desk.as('zhou.min')
  const ids: string[] = []
  for (const text of ['暴雨停课吗', '暴雨天公交停运吗']) {
    const { id } = await desk.ask(text)
    await chief.post(`/tickets/${id}/tags`, { tags: ['暴雨红色预警'] })
    ids.push(id)
  }
  interface Spots { items: { key: string; tickets: number }[] }
  const counted = async () => (await chief.get<Spots>('/reports/hotspots')).items.find((spot) => spot.key === 'tag:暴雨红色预警')?.tickets
  await expect.poll(counted).toBe(2)

  const page = await visit(desk, { as: 'zhou.min', path: '/reports' })
  const row = page.getByTestId('hotspots').getByRole('row').filter({ hasText: '暴雨红色预警' })
  await expect(row).toContainText('新出现')
  await row.getByRole('link').click()
  await expect(page).toHaveURL(/\/reports\/hotspot\?key=tag/)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('暴雨红色预警')
  await expect(page.locator('[data-figure="received"]').getByTestId('value')).toHaveText('2')
  await expect(page.locator('[data-figure="waiting"]').getByTestId('value')).toHaveText('2')
  await expect(page.getByTestId('report-chart')).toHaveAttribute('data-drawn', 'true')
  await expect(page.getByTestId('hotspot-newest').getByRole('listitem')).toHaveCount(2)
  await expect(page.getByTestId('hotspot-accounts')).toContainText('2 件，未结 2 件')
  await expectAccessible(page, 'a hotspot')
  const folder = process.env.DESK_TEST_PICTURES
  if (folder) {
    await page.screenshot({ path: `${folder}/hotspot.png` })
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 390, height: 844 })
    await page.screenshot({ path: `${folder}/hotspot-phone.png` })
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.emulateMedia({ media: 'print', colorScheme: 'light' })
    await page.screenshot({ path: `${folder}/hotspot-print.png`, fullPage: true })
    await page.emulateMedia({ media: 'screen' })
  }
  await page.getByRole('link', { name: '在收件箱查看待处理' }).click()
  await expect(page).toHaveURL(/\/inbox.*tag=/)
  await page.goto(`${desk.url}/inbox/${ids[0]}?view=all`)
  await page.getByRole('link', { name: '查看热点：暴雨红色预警' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('暴雨红色预警')

  const { id } = await desk.ask('暴雨后垃圾没人清')
  await chief.post(`/tickets/${id}/tags`, { tags: ['暴雨红色预警'] })
  await expect.poll(counted).toBe(3)
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date())
  await page.getByLabel('开始日期').fill(day)
  await expect(page.getByRole('button', { name: '从开始到现在' })).toBeVisible()
  await expect(page.locator('[data-figure="received"]').getByTestId('value')).toHaveText('3')
})
