// What the desk is for: a question comes in, the right answer stands beside it,
// one click and two keys later the citizen has it.
import { demoDesk, password } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()
const question = '居住证怎么办理'

test('a question reaches the desk at once and the standard answer the phone', async ({ visit, phone }) => {
  const staff = await visit(desk, { path: '/signin' })
  const inbox = new Inbox(staff)
  await staff.getByTestId('sign-in-username').fill('li.min')
  await staff.getByTestId('sign-in-password').fill(password)
  await staff.getByTestId('sign-in-submit').click()
  await expect(staff).toHaveURL(/\/inbox$/)
  await expect(inbox.connection).toHaveAttribute('data-state', 'online')
  await staff.getByRole('button', { name: '最急在前' }).click()
  await staff.getByRole('menuitem', { name: '最新在前' }).click()
  await expect(inbox.rows.first()).toBeVisible()
  await staff.mouse.move(900, 400) // a list under the pointer stands still
  // A reload would lose this.
  await staff.evaluate(() => Object.assign(window, { neverReloaded: true }))

  const citizen = await phone(desk)
  await citizen.becomeNew()
  await citizen.page.getByTestId('phone-input').fill(question)
  const row = inbox.rows.filter({ hasText: question })
  await expect(row).toHaveCount(0)
  const asked = Date.now()
  await citizen.page.getByTestId('phone-send').click()
  await expect(row).toBeVisible({ timeout: 5_000 })
  const took = Date.now() - asked
  test.info().annotations.push({ type: 'took', description: `${took} ms from the phone to the inbox` })
  expect(took).toBeLessThan(1_500)
  await expect(citizen.mine).toHaveAttribute('data-state', 'accepted')

  const chip = row.getByTestId('clock-chip')
  await expect(chip).toContainText(/剩 23:59:\d\d/)
  const first = await chip.innerText()
  await expect(chip).not.toHaveText(first, { useInnerText: true })
  await expect(chip).toContainText(/剩 23:59:\d\d/)

  await row.click()
  await expect(inbox.messages).toHaveText([new RegExp(question)])
  const editor = await desk.as('li.min')
  const { items } = await editor.get<{ items: { id: string; code: string; answer: string }[] }>(`/faq/entries?q=${encodeURIComponent(question)}&limit=50`)
  const entry = items.find((item) => item.code === 'HJ-001')!
  const best = inbox.suggestions.first()
  await expect(best).toHaveAttribute('data-entry-id', entry.id)
  await best.getByTestId('suggestion-insert').click()
  await expect(inbox.composer).toHaveValue(entry.answer)
  await expect(inbox.composer).toBeFocused()
  await staff.keyboard.press('Control+Enter')

  await expect(inbox.composer).toHaveValue('')
  await expect(citizen.answers).toHaveCount(1)
  await expect(citizen.answers).toContainText(entry.answer)
  await expect(inbox.replies).toHaveCount(1)
  await expect(inbox.replies).toHaveAttribute('data-state', 'sent')
  await expect(inbox.replies).toContainText('李敏')
  await expect(inbox.clock).toHaveAttribute('data-look', 'met')
  expect(await staff.evaluate(() => 'neverReloaded' in window)).toBe(true)
})

test('a new question in the usual order of urgency is counted and found below', async ({ visit }) => {
  const staff = await visit(desk, { as: 'li.min' })
  const inbox = new Inbox(staff)
  await expect(inbox.connection).toHaveAttribute('data-state', 'online')
  const waiting = inbox.list.getByRole('button', { name: /待处理/ })
  await expect(waiting).toContainText(/\d/)
  const before = Number.parseInt(await waiting.innerText(), 10)
  const { id } = await desk.ask('社保卡在哪里能补办')
  await expect(waiting).toContainText(String(before + 1))
  await inbox.rows.first().hover()
  await staff.mouse.wheel(0, 100_000)
  await expect(inbox.row(id)).toBeVisible()
  // Whole 24 hours are left: it is the least urgent of all.
  await expect(inbox.rows.last()).toHaveAttribute('data-ticket-id', id)
})

test('a picture from the phone is shown in the thread', async ({ visit, phone }) => {
  const citizen = await phone(desk)
  await citizen.becomeNew()
  await citizen.say('楼下路灯坏了，请看照片')
  const id = await desk.ticketOf('楼下路灯坏了，请看照片')
  const staff = await visit(desk, { as: 'li.min', path: `/inbox/${id}` })
  const inbox = new Inbox(staff)
  await inbox.ready()
  await expect(inbox.messages).toHaveCount(1)

  const picture = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAFElEQVR4nGP8z8DAwMDAxAADAAANHQEDasKb6QAAAABJRU5ErkJggg==', 'base64')
  await citizen.page.getByTestId('phone-file').setInputFiles({ name: 'lamp.png', mimeType: 'image/png', buffer: picture })
  await expect(inbox.messages).toHaveCount(2)
  const shown = inbox.messages.last().locator('img')
  await expect(shown).toBeVisible()
  await expect.poll(() => shown.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(2)
})

test('a comment is answered in public, and the page says so', async ({ visit, phone }) => {
  const title = '滨江夜市本周五开街，逛吃攻略请收好'
  const words = '想去支个小摊'
  const staff = await visit(desk, { as: 'zhang.wei' })
  const inbox = new Inbox(staff)
  await inbox.list.getByRole('searchbox').fill(words)
  await inbox.list.getByRole('searchbox').press('Enter')
  await inbox.rows.filter({ hasText: words }).click()
  await inbox.ready()
  await expect(inbox.send).toContainText('公开发送')
  await expect(staff.getByRole('region', { name: '答复框' })).toContainText(`将公开显示在《${title}》下`)
  await inbox.answer('您好，请在“安澜通”搜索“夜市摊位”报名，不收费。')
  await expect(inbox.replies.last()).toHaveAttribute('data-state', 'sent')

  const citizen = await phone(desk)
  await citizen.page.getByTestId('phone-tab-articles').click()
  const comment = citizen.page.getByTestId('phone-comment').filter({ hasText: words })
  await expect(comment.getByTestId('phone-comment-reply')).toContainText('请在“安澜通”搜索“夜市摊位”报名')
})

test('what lands below the fold is told beside the list, and one press leads there', async ({ visit }) => {
  const inbox = new Inbox(await visit(desk, { as: 'zhang.wei' }))
  await expect(inbox.connection).toHaveAttribute('data-state', 'online')
  await expect(inbox.rows.first()).toBeVisible()
  const pill = inbox.page.getByTestId('list-news')
  await expect(pill).toHaveCount(0)

  const { id } = await desk.ask('小区门口的减速带太高了，能不能处理一下')
  await expect(pill).toHaveText(/1 条新消息\s*小区门口的减速带太高了/)
  await expect(inbox.row(id)).not.toBeInViewport()
  const field = await inbox.list.getByRole('searchbox').boundingBox()
  const box = await pill.boundingBox()
  expect(box!.y).toBeGreaterThan(field!.y + field!.height)
  await pill.click()
  await expect(inbox.row(id)).toBeInViewport()
  await expect(inbox.row(id).getByTestId('row-new')).toBeVisible()
  await expect(pill).toHaveCount(0)

  await inbox.row(id).click()
  await expect(inbox.row(id).getByTestId('row-new')).toHaveCount(0)
})
