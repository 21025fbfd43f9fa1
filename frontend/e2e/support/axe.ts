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

/** The page, or the part of it, has no fault that axe can find; the page does not scroll sideways. */
export async function expectAccessible(page: Page, what: string, part?: string): Promise<void> {
  await still(page)
  const axe = new AxeBuilder({ page })
  const { violations } = await (part ? axe.include(part) : axe).analyze()
  const found = violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.target.join(' ')).join(', ')}`)
  expect.soft(found, what).toEqual([])
  // A phone's window grows with what overflows it, so its own width is no measure.
  const wide = await page.evaluate(() => document.documentElement.scrollWidth)
  expect.soft(wide, `${what} fits its width`).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0)
}
