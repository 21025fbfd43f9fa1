import { expect, type Locator, type Page } from '@playwright/test'

/** The inbox as a person sees it. */
export class Inbox {
  readonly composer: Locator
  readonly send: Locator
  readonly messages: Locator
  readonly replies: Locator
  readonly suggestions: Locator
  readonly connection: Locator
  readonly presence: Locator
  readonly moved: Locator
  readonly list: Locator
  readonly rows: Locator
  /** the model's draft above the composer */
  readonly draft: Locator

  constructor(readonly page: Page) {
    this.composer = page.getByTestId('composer-text')
    this.send = page.getByTestId('composer-send')
    this.messages = page.getByTestId('thread-message')
    this.replies = page.getByTestId('thread-reply')
    this.suggestions = page.getByTestId('suggestion')
    this.connection = page.getByTestId('connection-state')
    this.presence = page.getByTestId('presence')
    this.moved = page.getByTestId('thread-moved')
    this.list = page.getByRole('region', { name: '工单列表' })
    this.rows = page.getByTestId('ticket-row')
    this.draft = page.getByTestId('draft-panel')
  }

  row(id: string): Locator {
    return this.page.locator(`[data-testid="ticket-row"][data-ticket-id="${id}"]`)
  }

  /** The clock of the open ticket. */
  get clock(): Locator {
    return this.page.getByTestId('thread').getByTestId('clock-chip').first()
  }

  /** The page is connected and a ticket is open with its composer. */
  async ready(): Promise<void> {
    await expect(this.connection).toHaveAttribute('data-state', 'online')
    await expect(this.composer).toBeEditable()
  }

  async answer(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.composer.press('Control+Enter')
  }

  reply(text: string): Locator {
    return this.replies.filter({ hasText: text })
  }
}
