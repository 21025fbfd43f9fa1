import { test as base, expect, type BrowserContextOptions, type Page } from '@playwright/test'
import type { Desk } from './desk.ts'
import { Phone } from './phone.ts'
import { Watch } from './watch.ts'

interface Visitor {
  /** who is signed in; nobody when left out */
  as?: string
  path?: string
  /** what the person chose before, as the browser keeps it */
  settings?: { theme?: 'light' | 'dark'; locale?: 'zh' | 'en'; singleKeys?: boolean }
  browser?: BrowserContextOptions
}

/** A page of the desk in a browser of its own. */
export type Visit = (desk: Desk, how?: Visitor) => Promise<Page>

interface Fixtures {
  /** everything the pages of a test complained of; must be empty in the end */
  watch: Watch
  visit: Visit
  /** The citizen's phone, beside the desk. */
  phone: (desk: Desk) => Promise<Phone>
}

export const test = base.extend<Fixtures>({
  watch: async ({ browserName: _ }, use) => {
    const watch = new Watch()
    await use(watch)
    expect(watch.complaints, 'no page complained').toEqual([])
  },

  visit: async ({ browser, watch }, use) => {
    const contexts: (() => Promise<void>)[] = []
    await use(async (desk, { as, path = '/inbox', settings, browser: options } = {}) => {
      const saved = settings ? [{ name: 'desk.settings', value: JSON.stringify(settings) }] : []
      const context = await browser.newContext({
        baseURL: desk.url,
        storageState: { cookies: [], origins: [{ origin: desk.url, localStorage: saved }] },
        ...options,
      })
      contexts.push(() => context.close())
      await watch.adopt(context, desk.origins)
      if (as) {
        const { cookie } = await desk.as(as)
        await context.addCookies([{ name: 'desk_session', value: cookie, url: desk.url, httpOnly: true, sameSite: 'Lax' }])
      }
      const page = await context.newPage()
      await page.goto(path)
      return page
    })
    for (const close of contexts) await close()
  },

  phone: async ({ browser, watch }, use) => {
    const contexts: (() => Promise<void>)[] = []
    await use(async (desk) => {
      const context = await browser.newContext({ baseURL: desk.platform.url, viewport: { width: 1000, height: 900 } })
      contexts.push(() => context.close())
      await watch.adopt(context, desk.origins)
      const page = await context.newPage()
      await page.goto('/phone')
      return new Phone(page)
    })
    for (const close of contexts) await close()
  },
})

export { expect }
