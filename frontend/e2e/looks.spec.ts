// Every place with the demo's data: readable by everybody, in light and dark,
// and on a phone.
import type { Page } from '@playwright/test'
import { expectAccessible } from './support/axe.ts'
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()

interface Place {
  name: string
  path: string
  as?: string
  filled: (page: Page) => Promise<void>
}

const shows = (text: string) => async (page: Page) => expect(page.getByRole('main').getByText(text).filter({ visible: true }).first()).toBeVisible()

const places: Place[] = [
  { name: 'sign-in', path: '/signin', filled: async (page) => expect(page.getByTestId('sign-in-submit')).toBeVisible() },
  { name: 'library', path: '/library', as: 'zhou.min', filled: shows('已发布') },
  { name: 'new entry', path: '/library/new', as: 'zhou.min', filled: shows('市民看到的样子') },
  { name: 'accounts', path: '/accounts', as: 'admin', filled: shows('安澜公安') },
  { name: 'users', path: '/users', as: 'admin', filled: shows('王涛') },
  { name: 'operations', path: '/operations', as: 'admin', filled: shows('未送达的答复') },
]

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
    for (const place of places) {
      const page = await visit(desk, { as: place.as, path: place.path, browser: { colorScheme: theme } })
      await place.filled(page)
      await expectAccessible(page, place.name)
      await page.context().close()
    }
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

  test('every place fits and is accessible', async ({ visit }) => {
    for (const place of places) {
      const page = await visit(desk, { as: place.as, path: place.path, browser })
      await place.filled(page)
      await expectAccessible(page, place.name)
      await page.context().close()
    }
  })
})
