import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** Fading in is over, or colours are not yet what they will be. */
export async function still(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((a) => a.playState !== 'running' || a.effect?.getComputedTiming().iterations === Infinity),
  )
}

/** The page has no fault that axe can find, and does not scroll sideways. */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await still(page)
  const { violations } = await new AxeBuilder({ page }).analyze()
  const found = violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.target.join(' ')).join(', ')}`)
  expect.soft(found, what).toEqual([])
  const aside = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect.soft(aside, `${what} fits its width`).toBeLessThanOrEqual(0)
}
