// What was said anywhere in a ticket is found, with the place where it was said,
// by those who may read it.
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

// What comes after the end is another ticket, so that a citizen may have two.
const desk = demoDesk({ settings: { DESK_INBOX_REOPEN_WITHIN: '0s' } })

test('a ticket is found by a word of its thread, and the word is shown', async ({ visit }) => {
  const { citizen, id } = await desk.ask('小区门口的路灯坏了')
  await desk.platform.tell(citizen, '上周的留言没有人回，我的电话是 13912345678')
  const li = await desk.as('li.min')
  await li.post(`/tickets/${id}/notes`, { text: '已联系路灯管理所' })
  // Who works on a ticket reads its numbers.
  const { user } = await li.get<{ user: { id: string } }>('/session')
  await li.post(`/tickets/${id}/assign`, { assignee_id: user.id })

  const page = await visit(desk, { as: 'li.min' })
  const inbox = new Inbox(page)
  await expect(inbox.connection).toHaveAttribute('data-state', 'online')
  await expect(inbox.rows.first()).toBeVisible()
  await page.keyboard.press('f')
  const field = inbox.list.getByRole('searchbox')
  await expect(field).toBeFocused()

  // It begins by itself when the person stops typing.
  await field.fill('留言')
  await expect(page).toHaveURL(/q=/)
  await expect(inbox.row(id).getByTestId('row-excerpt')).toContainText('留言上周的留言没有人回')
  await expect(inbox.row(id).locator('mark')).toHaveText('留言')

  await field.fill('912345')
  await expect(inbox.row(id).locator('mark')).toHaveText('912345')
  await field.fill('路灯管理所 13912')
  await expect(inbox.row(id)).toBeVisible()
  await expect(inbox.rows).toHaveCount(1)

  // Arrows go from the field to what was found; Enter opens it.
  await field.press('ArrowDown')
  await expect(inbox.row(id)).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`/inbox/${id}\\?`))
  await inbox.ready()

  // Narrowed by a chip that can be taken off.
  await field.fill('912345')
  await expect(inbox.rows).toHaveCount(1)
  const chip = page.getByRole('button', { name: '取消“待处理”' })
  await expect(chip).toBeVisible()
  await chip.click()
  await expect(page).toHaveURL(/view=all/)
  await expect(inbox.row(id)).toBeVisible()

  // A message that comes while the search stands is found as well.
  await page.mouse.move(900, 400) // a list under the pointer stands still
  const other = await desk.ask('同一个号码 13912345678 又来问路灯')
  await expect(inbox.row(other.id)).toBeVisible()
})

test('a search that finds nothing in a view offers all tickets', async ({ visit }) => {
  const { id } = await desk.ask('请问献血证可以异地使用吗')
  const li = await desk.as('li.min')
  await li.post(`/tickets/${id}/ignore`, { reason: '重复' })
  const page = await visit(desk, { as: 'li.min', path: '/inbox?q=献血证' })
  const inbox = new Inbox(page)
  await page.getByRole('button', { name: '在全部工单中搜索' }).click()
  await expect(inbox.row(id).locator('mark')).toHaveText('献血证')
})

test('the palette finds a ticket by what was said', async ({ visit }) => {
  const { id } = await desk.ask('老年大学书法班怎么报名')
  const page = await visit(desk, { as: 'li.min' })
  await expect(new Inbox(page).connection).toHaveAttribute('data-state', 'online')
  await page.keyboard.press('Control+k')
  const palette = page.getByRole('dialog')
  await expect(async () => {
    await palette.getByRole('textbox').fill('')
    await palette.getByRole('textbox').fill('书法班')
    await expect(palette.getByTestId('palette-ticket').locator('mark')).toHaveText('书法班', { timeout: 1500 })
  }).toPass()
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`/inbox/${id}`))
})

test('a liaison finds neither the tickets of others nor notes', async ({ visit }) => {
  const { id } = await desk.ask('公园里的健身器材断了')
  const li = await desk.as('li.min')
  const { items } = await li.get<{ items: { id: string }[] }>('/departments')
  const liaison = await desk.as('wang.tao')
  const me = await liaison.get<{ user: { department?: { id: string } | null } }>('/session')
  const department = me.user.department?.id ?? items[0]!.id
  const find = async (who: typeof li, q: string) =>
    (await who.get<{ items: { ticket: { id: string } }[] }>(`/search?q=${encodeURIComponent(q)}`)).items.map((hit) => hit.ticket.id)
  await expect.poll(() => find(li, '健身器材')).toContain(id)
  expect(await find(liaison, '健身器材')).toEqual([])
  await li.post(`/tickets/${id}/notes`, { text: '内部情况说明' })
  await li.post(`/tickets/${id}/escalations`, { department_id: department, remark: '' })
  await expect.poll(() => find(liaison, '健身器材')).toEqual([id])
  await expect.poll(() => find(li, '内部情况说明')).toEqual([id])
  expect(await find(liaison, '内部情况说明')).toEqual([])
  await visit(desk, { as: 'wang.tao' })
})

test('two tickets are related, each shows the other, and the relation is taken back', async ({ visit }) => {
  const first = await desk.ask('解放路路灯不亮')
  const second = await desk.ask('解放路也停水了')
  const page = await visit(desk, { as: 'li.min', path: `/inbox/${first.id}` })
  const inbox = new Inbox(page)
  await inbox.ready()
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('textbox').fill('关联工单')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: '关联工单' })
  await expect(async () => {
    await dialog.getByRole('textbox').fill('')
    await dialog.getByRole('textbox').fill('也停水了')
    await expect(dialog.getByRole('option')).toHaveCount(1, { timeout: 1500 })
  }).toPass()
  await expectAccessible(page, 'finding a ticket to relate')
  await page.keyboard.press('Enter')
  await expect(page.getByText('李敏 关联了工单')).toBeVisible()
  await page.getByRole('tab', { name: '市民' }).click()
  const list = page.getByTestId('relations')
  await expect(list.getByRole('link')).toContainText('解放路也停水了')
  await list.getByRole('combobox').selectOption({ label: '同一事项' })
  await expectAccessible(page, 'related tickets')
  await list.getByRole('link').click()
  await expect(page).toHaveURL(new RegExp(`/inbox/${second.id}`))
  await expect(list.getByRole('link')).toContainText('解放路路灯不亮')
  await expect(list.getByRole('combobox')).toHaveValue('same_matter')
  await list.getByRole('button', { name: /取消与/ }).click()
  await expect(list).toContainText('没有关联的工单')
  await page.keyboard.press('u')
  await expect(list.getByRole('link')).toContainText('解放路路灯不亮')
})

test('two tickets of one citizen are merged, taken back, and merged for good', async ({ visit }) => {
  const { citizen, id: first } = await desk.ask('和平桥下积水')
  const li = await desk.as('li.min')
  await li.post(`/tickets/${first}/close`, { reason: '电话已答复' })
  await desk.platform.tell(citizen, '和平桥下又积水了')
  const second = await desk.ticketOf('和平桥下又积水了')
  const { number } = await li.get<{ number: string }>(`/tickets/${second}`)

  const page = await visit(desk, { as: 'li.min', path: `/inbox/${second}` })
  const inbox = new Inbox(page)
  await inbox.ready()
  const merge = async () => {
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').getByRole('textbox').fill('并入其他')
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: `把 ${number} 并入` })
    await expect(dialog.getByRole('radio')).toBeChecked()
    await expect(dialog).toContainText('和平桥下积水')
    await expectAccessible(page, 'choosing a ticket to merge into')
    await dialog.getByRole('button', { name: '并入其他工单' }).click()
    await expect(page).toHaveURL(new RegExp(`/inbox/${first}`))
    await expect(inbox.messages).toHaveCount(2)
  }
  await merge()
  await expect(page.getByText(`李敏 把 ${number} 并入了本工单（1 条来信）`)).toBeVisible()
  await page.keyboard.press('u')
  await expect(inbox.messages).toHaveCount(1)
  await page.goto(`${desk.url}/inbox/${second}`)
  await inbox.ready()
  await expect(page.getByTestId('merged')).toHaveCount(0)
  await merge()

  // Its number leads to the other: by search, by its own page, and for the citizen's next message.
  const find = async () =>
    (await li.get<{ items: { ticket: { id: string } }[] }>(`/search?view=all&q=${number}`)).items.map((hit) => hit.ticket.id)
  await expect.poll(find).toEqual([first])
  await desk.platform.tell(citizen, '还在等')
  await expect(inbox.messages).toHaveCount(3)
  await page.goto(`${desk.url}/inbox/${second}`)
  const banner = page.getByTestId('merged')
  await expect(banner).toContainText('本工单已并入')
  await expectAccessible(page, 'a ticket that was merged')
  await banner.getByRole('link').click()
  await expect(page).toHaveURL(new RegExp(`/inbox/${first}`))
})

test('a message that asks another thing becomes a ticket of its own', async ({ visit }) => {
  const { citizen, id } = await desk.ask('落户要带什么材料')
  await desk.platform.tell(citizen, '另外，小区路灯不亮')
  await desk.platform.tell(citizen, '材料可以用复印件吗')
  const page = await visit(desk, { as: 'li.min', path: `/inbox/${id}` })
  const inbox = new Inbox(page)
  await inbox.ready()
  await expect(inbox.messages).toHaveCount(3)
  const lamp = inbox.messages.filter({ hasText: '路灯' })
  await lamp.hover()
  await lamp.getByRole('button', { name: '拆分为新工单' }).click()
  const dialog = page.getByRole('dialog', { name: /^从 \d{8}-\d{4} 拆分$/ })
  await expect(dialog.getByRole('checkbox', { name: /路灯/ })).toBeChecked()
  await expect(dialog.getByRole('checkbox', { name: /落户/ })).not.toBeChecked()
  await expectAccessible(page, 'choosing messages to split')
  await dialog.getByRole('button', { name: '拆分', exact: true }).click()

  // The new ticket stands alone; the old one keeps the rest, and each names the other.
  await expect(page).not.toHaveURL(new RegExp(`/inbox/${id}\\b`))
  await expect(inbox.messages).toHaveCount(1)
  await expect(inbox.messages).toContainText('路灯')
  const made = page.url().match(/\/inbox\/(\d+)/)?.[1] ?? ''
  const li = await desk.as('li.min')
  expect((await li.get<{ items: { ticket: { id: string } }[] }>(`/tickets/${made}/relations`)).items.map((one) => one.ticket.id)).toEqual([id])
  await desk.platform.tell(citizen, '谢谢，材料齐了')
  await page.goto(`${desk.url}/inbox/${id}`)
  await inbox.ready()
  await expect(inbox.messages).toHaveCount(3)
  await expect(page.getByText(/李敏 拆分出 \d{8}-\d{4}（1 条来信）/)).toBeVisible()
})
