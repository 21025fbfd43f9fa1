import AxeBuilder from '@axe-core/playwright'
import { expect, test, type Page } from '@playwright/test'

// Users of the made-up server: 1 administrator, 2 staff, 3 supervisor, 6 liaison.
const pictures = 'test-results/pictures'

interface Screen {
  name: string
  path: string
  user?: string
  settings?: object
  act?: (page: Page) => Promise<void>
}

const press = (key: string) => async (page: Page) => {
  await expect(page.getByTestId('composer-text')).toBeVisible()
  await page.keyboard.press(key)
}

const screens: Screen[] = [
  { name: 'sign-in', path: '/signin', user: '' },
  { name: 'inbox', path: '/inbox', user: '2' },
  { name: 'inbox-no-match', path: '/inbox?q=zzzz', user: '2' },
  { name: 'inbox-failed', path: '/inbox?q=出错', user: '2' },
  { name: 'thread', path: '/inbox/100', user: '2' },
  { name: 'thread-public', path: '/inbox/101', user: '2' },
  { name: 'thread-review', path: '/inbox/104', user: '3' },
  { name: 'thread-gone', path: '/inbox/999999', user: '2' },
  { name: 'thread-large-text', path: '/inbox/100', user: '2', settings: { largeText: true } },
  { name: 'thread-english', path: '/inbox/100', user: '2', settings: { locale: 'en' } },
  { name: 'liaison', path: '/inbox/105', user: '6' },
  { name: 'dispatch', path: '/inbox/100', user: '2', act: press('t') },
  { name: 'note', path: '/inbox/100', user: '2', act: press('n') },
  { name: 'insert', path: '/inbox/100', user: '2', act: press('/') },
  { name: 'palette', path: '/inbox/100', user: '2', act: press('Control+k') },
  { name: 'keys', path: '/inbox/100', user: '2', act: press('?') },
  { name: 'library', path: '/library', user: '3' },
  { name: 'entry', path: '/library/1', user: '3' },
  { name: 'entry-new', path: '/library/new', user: '3' },
  { name: 'accounts', path: '/accounts', user: '1' },
  { name: 'users', path: '/users', user: '1' },
  { name: 'operations', path: '/operations', user: '1' },
  { name: 'missing', path: '/nowhere', user: '2' },
]

const sizes = [
  { name: 'desktop', width: 1440, height: 900, themes: ['light', 'dark'] },
  { name: 'laptop', width: 1280, height: 800, themes: ['light'] },
  { name: 'phone', width: 390, height: 844, themes: ['light', 'dark'] },
  { name: 'small-phone', width: 360, height: 740, themes: ['light'] },
] as const

for (const size of sizes) {
  // The sizes between show overflow; the themes are the same there.
  for (const theme of size.themes) {
    test.describe(`${size.name} ${theme}`, () => {
      test.use({ viewport: { width: size.width, height: size.height }, colorScheme: theme })
      for (const screen of screens) {
        test(screen.name, async ({ page, context, baseURL }) => {
          const complaints = await watch(page, baseURL ?? '')
          if (screen.user)
            await context.addCookies([{ name: 'desk_session', value: screen.user, url: baseURL }])
          await page.addInitScript((saved) => {
            if (saved) localStorage.setItem('desk.settings', JSON.stringify(saved))
          }, screen.settings)
          await page.goto(screen.path)
          await page.waitForLoadState('networkidle')
          await screen.act?.(page)
          // Fading in is over, or colours are not yet what they will be.
          await page.waitForFunction(() =>
            document
              .getAnimations()
              .every(
                (a) =>
                  a.playState !== 'running' ||
                  a.effect?.getComputedTiming().iterations === Infinity,
              ),
          )

          await page.screenshot({ path: `${pictures}/${size.name}-${theme}-${screen.name}.png` })
          const axe = await new AxeBuilder({ page }).analyze()
          const found = axe.violations.map(
            (v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`,
          )
          expect(found).toEqual([])
          const wide = await page.evaluate(
            () => document.documentElement.scrollWidth - window.innerWidth,
          )
          expect(wide).toBeLessThanOrEqual(0)
          expect(complaints).toEqual([])
        })
      }
    })
  }
}

/** Notes refused styles and scripts, errors, and requests to other hosts. */
async function watch(page: Page, base: string): Promise<string[]> {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (401|404|503)/.test(message.text())) {
      complaints.push(`console: ${message.text()}`)
    }
  })
  await page.route('**/*', (route) => {
    const url = route.request().url()
    if (!url.startsWith(base) && !url.startsWith('data:') && !url.startsWith('blob:')) {
      complaints.push(`foreign host: ${url}`)
      return route.abort()
    }
    return route.continue()
  })
  return complaints
}
