// In English nothing of the frame stays Chinese; only what people and citizens
// wrote is left as it is.
import type { Page } from '@playwright/test'
import zh from '../src/locales/zh.json' with { type: 'json' }
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()
const runsOf = (text: string): string[] => text.match(/\p{Script=Han}+/gu) ?? []

/** Every Chinese text of our own. */
const ours = new Set<string>()
const collect = (value: unknown): void => {
  if (typeof value === 'string' && runsOf(value).length > 0) ours.add(value)
  else if (value && typeof value === 'object') Object.values(value).forEach(collect)
}
collect(zh)

/** Keeps everything the server said, which may be Chinese in any language. */
function remember(page: Page): { said: string } {
  const kept = { said: '' }
  page.on('response', async (response) => {
    if (!response.url().includes('/api/v1/')) return
    const text = await response.text().catch(() => '')
    kept.said += text
  })
  return kept
}

/** The texts a person sees, hears or hovers. */
const texts = (page: Page) =>
  page.evaluate(() => {
    const found: string[] = []
    // The sign of a person is the first letter of a name, in no language.
    const signs = new Set([...document.querySelectorAll('[data-sign]')].map((e) => e.firstChild))
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (signs.has(node as ChildNode)) continue
      if (node instanceof Text) found.push(node.data.trim())
      else if (node instanceof Element) {
        for (const name of ['aria-label', 'title', 'placeholder', 'alt']) found.push(node.getAttribute(name) ?? '')
      }
    }
    return found.filter(Boolean)
  })

async function expectEnglish(page: Page, kept: { said: string }): Promise<void> {
  const left = async () =>
    (await texts(page)).filter((text) => {
      if (ours.has(text) && !kept.said.includes(`"${text}"`)) return true
      return runsOf(text).some((run) => !kept.said.includes(run))
    })
  await expect.poll(left).toEqual([])
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('en')
}

test('the switch turns the whole frame to English and back', async ({ visit }) => {
  const { id } = await desk.ask('居住证怎么办理')
  const inbox = new Inbox(await visit(desk, { as: 'zhou.min', path: '/signin' }))
  const { page } = inbox
  const kept = remember(page)
  await page.goto(`/inbox/${id}`)
  await inbox.ready()
  await page.getByRole('button', { name: '周敏 的菜单' }).click()
  await page.getByRole('menuitem', { name: '偏好设置' }).click()
  await page.getByRole('radio', { name: 'English' }).check({ force: true })
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)

  const nav = page.getByRole('navigation')
  await expect(nav.getByRole('link', { name: /^Inbox/ })).toBeVisible()
  await expect(inbox.suggestions.first()).toBeVisible()
  await expect(inbox.rows.first()).toBeVisible()
  await expectEnglish(page, kept)

  await nav.getByRole('link', { name: 'Library' }).click()
  await expect(page.getByRole('row').nth(1)).toBeVisible()
  await expectEnglish(page, kept)
  await page.getByRole('row').nth(1).getByRole('link').click()
  await expect(page.locator('#entry-form')).toBeVisible()
  await expectEnglish(page, kept)

  // It stays chosen, and goes back.
  await page.goto('/operations')
  await expect(page.getByRole('main').getByRole('listitem').first()).toBeVisible()
  await expectEnglish(page, kept)
  await page.keyboard.press('Control+k')
  await expect(page.getByRole('dialog')).toBeVisible()
  await expectEnglish(page, kept)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: /周敏/ }).click()
  await page.getByRole('menuitem', { name: 'Preferences' }).click()
  await page.getByRole('radio', { name: '中文' }).check({ force: true })
  await page.keyboard.press('Escape')
  await expect(nav.getByRole('link', { name: /收件箱/ })).toBeVisible()
})

test('accounts, users and teams are English too', async ({ visit }) => {
  const page = await visit(desk, { as: 'admin', path: '/signin', settings: { locale: 'en' } })
  const kept = remember(page)
  for (const path of ['/accounts', '/users', '/teams']) {
    await page.goto(path)
    await expect(page.getByRole('main').getByRole('listitem').first()).toBeVisible()
    await expectEnglish(page, kept)
    await page.getByRole('main').getByRole('button').first().click()
    await expect(page.getByRole('dialog')).toBeVisible()
    await expectEnglish(page, kept)
    await page.keyboard.press('Escape')
  }
})

test('the sign-in page is switched before anybody is known', async ({ visit }) => {
  const page = await visit(desk, { path: '/signin' })
  await page.getByRole('button', { name: 'English' }).click()
  await expect(page.getByTestId('sign-in-submit')).toHaveText('Sign in')
  const left = (await texts(page)).filter((text) => runsOf(text).length > 0 && text !== '中文')
  expect(left).toEqual([])
})
