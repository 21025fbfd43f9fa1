import { expect, type Locator, type Page } from '@playwright/test'

/** The citizen's phone as the person who holds it sees it. */
export class Phone {
  constructor(readonly page: Page) {}

  /** Texts and pictures of the conversation, without the platform's own lines. */
  get bubbles(): Locator {
    return this.page.locator('[data-testid="phone-bubble"]:not([data-type="event"]):not([data-from="platform"])')
  }

  get mine(): Locator {
    return this.bubbles.and(this.page.locator('[data-direction="out"]'))
  }

  get answers(): Locator {
    return this.bubbles.and(this.page.locator('[data-direction="in"]'))
  }

  /** Becomes a person who never wrote before, and follows the account. */
  async becomeNew(): Promise<void> {
    await this.page.getByTestId('phone-new-citizen').click()
    await this.page.getByRole('button', { name: '关注公众号' }).click()
    await expect(this.page.getByTestId('phone-input')).toBeVisible()
    await expect(this.bubbles).toHaveCount(0)
  }

  async say(text: string): Promise<void> {
    await this.page.getByTestId('phone-input').fill(text)
    await this.page.getByTestId('phone-send').click()
    await expect(this.mine.last()).toContainText(text)
    await expect(this.mine.last()).toHaveAttribute('data-state', 'accepted')
  }
}
