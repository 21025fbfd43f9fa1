// Every place with the demo's data: readable by everybody, in light and dark,
// and on a phone.
import type { BrowserContextOptions } from '@playwright/test'
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test, type Visit } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()

const places = [
  { path: '/library', filled: '已发布' },
  { path: '/library/new', filled: '市民看到的样子' },
  { path: '/accounts', filled: '安澜公安' },
  { path: '/users', filled: '王涛' },
  { path: '/settings/clocks', filled: '工作日历' },
  { path: '/rules/routing', filled: '转办规则' },
  { path: '/departments', filled: '公安局' },
  { path: '/teams', filled: '人员接单' },
  { path: '/audit', filled: '登录' },
  { path: '/rules/alerts', filled: '现在没有预警' },
  { path: '/rules/record', filled: '还没有检查记录' },
  { path: '/operations', filled: '未送达的答复' },
  { path: '/reports', filled: '指标说明' },
  { path: '/reports/sheet', filled: '指标说明' },
  { path: '/board', filled: '在谁手中' },
  { path: '/wall', filled: '近 14 日' },
]

/** Goes through sign-in and every place but the inbox. */
async function everyPlaceIsAccessible(visit: Visit, browser: BrowserContextOptions): Promise<void> {
  test.slow() // every page, each looked through by axe
  const stranger = await visit(desk, { path: '/signin', browser })
  await expect(stranger.getByTestId('sign-in-submit')).toBeVisible()
  await expectAccessible(stranger, 'sign-in')
  const page = await visit(desk, { as: 'admin', path: places[0]?.path, browser })
  for (const { path, filled } of places) {
    await page.goto(path)
    await expect(page.getByRole('main').getByText(filled).filter({ visible: true }).first()).toBeVisible()
    await expectAccessible(page, path)
  }
}

for (const theme of ['light', 'dark'] as const) {
  test(`${theme}: an inbox with a ticket is accessible`, async ({ visit }) => {
    const { citizen, id } = await desk.ask(`居住证怎么办理？${theme}`)
    await desk.platform.tell(citizen, '还要照片吗')
    const inbox = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}`, browser: { colorScheme: theme } }))
    await inbox.ready()
    await expect(inbox.suggestions.first()).toBeVisible()
    await inbox.answer('您好，需要一张一寸照片。')
    await expect(inbox.replies).toHaveAttribute('data-state', 'sent')
    expect(await inbox.page.evaluate(() => document.documentElement.dataset.theme)).toBe(theme)
    await expectAccessible(inbox.page, 'inbox with a ticket')
    await inbox.page.keyboard.press('n')
    await expectAccessible(inbox.page, 'writing a note')
  })

  test(`${theme}: every other place is accessible`, async ({ visit }) => {
    await everyPlaceIsAccessible(visit, { colorScheme: theme })
  })
}

test.describe('on a phone', () => {
  const browser = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

  test('from the list to the thread, to the suggestions, and the answer is sent', async ({ visit }) => {
    const { citizen, id } = await desk.ask('居住证怎么办理')
    const inbox = new Inbox(await visit(desk, { as: 'li.min', path: '/inbox?view=unassigned&sort=newest', browser }))
    const { page } = inbox
    await expect(inbox.connection).toHaveAttribute('data-state', 'online')
    await expect(inbox.row(id)).toBeVisible()
    await expect(page.getByTestId('thread')).toHaveCount(0)
    await expectAccessible(page, 'list')

    await inbox.row(id).tap()
    await expect(inbox.messages).toHaveText([/居住证怎么办理/])
    await expect(inbox.list).toBeHidden()
    await expect(inbox.composer).toBeInViewport()
    await expect(inbox.send).toBeInViewport()
    await expectAccessible(page, 'thread')

    await page.getByRole('button', { name: '建议与资料' }).tap()
    await expect(inbox.suggestions.first()).toBeVisible()
    await expect(page.getByRole('dialog').getByRole('button', { name: '关闭' })).toBeInViewport()
    await expectAccessible(page, 'suggestions')
    await inbox.suggestions.first().getByTestId('suggestion-insert').tap()
    await expect(inbox.suggestions).toHaveCount(0)
    await expect(inbox.composer).not.toHaveValue('')
    const answer = await inbox.composer.inputValue()
    await inbox.send.tap()
    await expect(inbox.replies).toHaveAttribute('data-state', 'sent')
    expect(await desk.platform.answers(citizen)).toEqual([answer])

    await page.getByRole('button', { name: '返回' }).tap()
    await expect(inbox.list).toBeVisible()
    await expect(inbox.composer).toHaveCount(0)
  })

  test('every other place fits and is accessible', async ({ visit }) => {
    await everyPlaceIsAccessible(visit, browser)
  })
})
