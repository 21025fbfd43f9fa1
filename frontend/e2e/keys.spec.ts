// The keyboard: single keys in the list, none while typing, and nothing leaves
// while an input method composes.
import type { CDPSession, Page } from '@playwright/test'
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()

/** Lets Chromium's own input method compose, as Pinyin would. */
async function compose(page: Page, text: string): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page)
  await session.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length })
  return session
}

test('Enter and Ctrl+Enter belong to the input method while it composes', async ({ visit }) => {
  const { citizen, id } = await desk.ask('夜市几点关门')
  const inbox = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  const { page } = inbox
  await inbox.ready()
  await inbox.composer.fill('您好，')
  const keys = await page.evaluateHandle(() => {
    const pressed: boolean[] = []
    document.addEventListener('keydown', (event) => event.key === 'Enter' && pressed.push(event.isComposing), true)
    return pressed
  })
  await inbox.composer.focus()
  const method = await compose(page, 'jingchang')
  await expect(inbox.composer).toHaveValue('您好，jingchang')
  await page.keyboard.press('Control+Enter')
  await page.keyboard.press('Enter')
  // Browsers that end the composition first still say 229.
  await inbox.composer.evaluate((area) => {
    for (const ctrlKey of [true, false]) {
      area.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey, keyCode: 229, bubbles: true, cancelable: true }))
    }
  })
  expect(await keys.jsonValue()).toEqual([true, true, false, false])
  await method.send('Input.insertText', { text: '晚上十点半。' })
  await expect(inbox.composer).toHaveValue(/^您好，晚上十点半。/)
  await expect(inbox.replies).toHaveCount(0)

  // Enter alone makes a line, the two keys together send, once.
  await inbox.composer.fill('您好，晚上十点半。')
  await page.keyboard.press('Enter')
  await expect(inbox.composer).toHaveValue('您好，晚上十点半。\n')
  await page.keyboard.press('Control+Enter')
  await expect(inbox.replies).toHaveAttribute('data-state', 'sent')
  expect(await desk.platform.answers(citizen)).toEqual(['您好，晚上十点半。'])
})

test('j and k walk the list, Escape goes one step back', async ({ visit }) => {
  const inbox = new Inbox(await visit(desk, { as: 'li.min' }))
  const { page } = inbox
  await expect(inbox.rows.nth(2)).toBeVisible()
  const ids = await inbox.rows.evaluateAll((rows) => rows.slice(0, 3).map((row) => (row as HTMLElement).dataset.ticketId))
  const at = (n: number) => expect(page).toHaveURL(new RegExp(`/inbox/${ids[n]}$`))
  await page.keyboard.press('j')
  await at(0)
  await page.keyboard.press('j')
  await at(1)
  await page.keyboard.press('j')
  await at(2)
  await page.keyboard.press('k')
  await at(1)
  await expect(inbox.row(ids[1] ?? '')).toHaveAttribute('aria-current', 'true')
  await page.keyboard.press('Escape')
  await expect(page).toHaveURL(/\/inbox$/)
})

test('r writes, typing is only typing, Escape keeps the text, / searches, e closes, u takes it back', async ({ visit }) => {
  const { id } = await desk.ask('居住证丢了怎么补')
  const inbox = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  const { page } = inbox
  await inbox.ready()
  await page.keyboard.press('r')
  await expect(inbox.composer).toBeFocused()
  await page.keyboard.type('jkrentau1?')
  await expect(inbox.composer).toHaveValue('jkrentau1?')
  await expect(page).toHaveURL(new RegExp(`/inbox/${id}$`))
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.keyboard.press('Escape')
  await expect(inbox.composer).not.toBeFocused()
  await page.keyboard.press('Escape')
  await expect(page).toHaveURL(/\/inbox$/)
  await page.goBack()
  await expect(inbox.composer).toHaveValue('jkrentau1?')
  await inbox.composer.fill('')
  await inbox.composer.blur()

  await page.keyboard.press('/')
  const library = page.getByRole('dialog', { name: '插入知识' })
  await library.getByPlaceholder('搜索知识库').fill('居住证丢了')
  await expect(library.getByRole('option').first()).toContainText('居住证丢了怎么补领')
  await page.keyboard.press('Enter')
  await expect(library).toBeHidden()
  await expect(inbox.composer).toBeFocused()
  await expect(inbox.composer).toHaveValue(/居住证遗失的/)
  await page.keyboard.press('Control+Enter')
  await expect(inbox.replies).toHaveAttribute('data-state', 'sent')

  await inbox.composer.blur()
  const head = page.getByTestId('thread')
  await page.keyboard.press('e')
  await expect(head.getByRole('button', { name: '重新打开' }).first()).toBeVisible()
  await expect(inbox.page.getByText(/已办结/)).toBeVisible()
  await page.keyboard.press('u')
  await expect(head.getByRole('button', { name: '办结' })).toBeVisible()
  await expect(page.getByText('李敏 撤销了办结，时限照旧')).toBeVisible()
})

test('a number inserts a suggestion, n writes a note, ? lists the keys', async ({ visit }) => {
  const { citizen, id } = await desk.ask('居住证到期了怎么续')
  const inbox = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  const { page } = inbox
  await inbox.ready()
  await expect(inbox.suggestions.nth(1)).toBeVisible()
  await page.keyboard.press('2')
  await expect(inbox.composer).toBeFocused()
  await expect(inbox.composer).not.toHaveValue('')
  await inbox.composer.fill('')
  await inbox.composer.blur()

  await page.keyboard.press('n')
  await expect(page.getByTestId('note-tab')).toHaveAttribute('aria-pressed', 'true')
  await page.keyboard.type('已电话联系市民')
  await page.keyboard.press('Control+Enter')
  await expect(page.getByTestId('thread-note')).toContainText('已电话联系市民')
  expect(await desk.platform.answers(citizen)).toEqual([])
  await inbox.composer.blur()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: '快捷键' })).toBeVisible()
  // A dialog holds the keyboard.
  await page.keyboard.press('j')
  await expect(page).toHaveURL(new RegExp(`/inbox/${id}$`))
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page).toHaveURL(new RegExp(`/inbox/${id}$`))
})

test('single keys can be switched off, Ctrl+Enter stays', async ({ visit }) => {
  const { id } = await desk.ask('婚姻登记要预约吗')
  const inbox = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}`, settings: { singleKeys: false } }))
  const { page } = inbox
  await inbox.ready()
  for (const key of ['j', 'r', 'n', '/', 'e', '1', '?']) await page.keyboard.press(key)
  await expect(inbox.composer).not.toBeFocused()
  await expect(inbox.composer).toHaveValue('')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page).toHaveURL(new RegExp(`/inbox/${id}$`))
  await inbox.answer('您好，请先预约。')
  await expect(inbox.replies).toHaveAttribute('data-state', 'sent')
})

test('c gives a ticket its category, and the palette knows what can be done with it', async ({ visit }) => {
  const { id } = await desk.ask('占道经营没人管')
  const inbox = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  const { page } = inbox
  await inbox.ready()
  await page.getByTestId('thread').focus()
  await page.keyboard.press('c')
  const field = page.getByPlaceholder('查找或新写一个类别')
  await expect(field).toBeFocused()
  await expectAccessible(page, 'choosing a category')
  await field.fill('占道经营')
  await page.keyboard.press('Enter')
  const button = page.getByRole('button', { name: '类别: 占道经营' })
  await expect(button).toBeVisible()
  await expect(page.getByText('李敏 归入“占道经营”')).toBeVisible()
  // It is known from now on, and the undo puts back what was before.
  await page.keyboard.press('c')
  await expect(page.getByRole('option', { name: '占道经营' })).toBeVisible()
  await page.getByRole('option', { name: '不分类' }).click()
  await expect(page.getByRole('button', { name: '类别: 未分类' })).toBeVisible()
  await page.keyboard.press('u')
  await expect(button).toBeVisible()

  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('textbox').fill('选择类别')
  await page.keyboard.press('Enter')
  await expect(field).toBeFocused()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('textbox').fill('无需答复')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog', { name: '标为无需答复' })).toBeVisible()
})
