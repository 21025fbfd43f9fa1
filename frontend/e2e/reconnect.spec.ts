// The connection breaks while citizens go on writing: afterwards everything is
// there once, and the page never pretended to be online.
import type { Page } from '@playwright/test'
import { plainDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'
import { serverGone } from './support/watch.ts'

const desk = plainDesk()

test.beforeEach(({ watch }) => watch.expect(...serverGone))

declare global {
  interface Window {
    connectionStates: string[]
  }
}

/** Writes down every connection state the page shows from now on. */
async function recordStates(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const shown = document.querySelector<HTMLElement>('[data-testid="connection-state"]')
    window.connectionStates = [shown?.dataset.state ?? '']
    new MutationObserver(() => window.connectionStates.push(shown?.dataset.state ?? '')).observe(shown as Node, {
      attributeFilter: ['data-state'],
    })
  })
  return () => page.evaluate(() => window.connectionStates.filter((state, i, all) => state !== all[i - 1]))
}

test('a browser without network comes back and has missed nothing', async ({ visit }) => {
  const { citizen, id } = await desk.ask('小区门口的树枝挡住路灯')
  const staff = await visit(desk, { as: 'li.min', path: `/inbox/${id}` })
  const inbox = new Inbox(staff)
  await inbox.ready()
  const states = await recordStates(staff)

  await staff.context().setOffline(true)
  await expect(inbox.connection).toHaveAttribute('data-state', 'offline')
  await expect(inbox.connection).toContainText('离线')
  const more = ['就在三号楼旁边', '晚上很黑', '老人走路不方便', '麻烦尽快看看', '谢谢']
  for (const text of more) await desk.platform.tell(citizen, text)
  const { id: other } = await desk.ask('图书馆周一开门吗')
  await expect(inbox.messages).toHaveCount(1)
  await expect(inbox.row(other)).toHaveCount(0)

  await staff.context().setOffline(false)
  await expect(inbox.connection).toHaveAttribute('data-state', 'online')
  await expect(inbox.messages).toHaveText(['小区门口的树枝挡住路灯', ...more].map((text) => new RegExp(text)))
  await expect(inbox.row(other)).toHaveCount(1)
  expect(await states()).toEqual(['online', 'offline', 'reconnecting', 'online'])

  // The stream goes on from where it is.
  await desk.platform.tell(citizen, '已经有人来修了')
  await expect(inbox.messages).toHaveCount(more.length + 2)
  await expect(inbox.messages.last()).toContainText('已经有人来修了')
})

test('a desk that is restarted has every message once', async ({ visit }) => {
  const { citizen, id } = await desk.ask('生育津贴多久能到账')
  const staff = await visit(desk, { as: 'li.min', path: `/inbox/${id}` })
  const inbox = new Inbox(staff)
  await inbox.ready()
  await inbox.composer.fill('写到一半的答复')
  const states = await recordStates(staff)

  await desk.program.stop()
  await expect(inbox.connection).toHaveAttribute('data-state', 'reconnecting')
  const more = ['材料是上个月交的', '单位说已经批了', '到现在还没有收到']
  const said = []
  for (const text of more) said.push(await desk.platform.say(citizen, text))
  await desk.program.start()
  for (const bubble of said) await desk.platform.accepted(citizen, bubble.id)

  await expect(inbox.connection).toHaveAttribute('data-state', 'online')
  // The platform repeats what was refused each for itself, so their order is its own.
  await expect(inbox.messages).toHaveCount(more.length + 1)
  for (const text of more) await expect(inbox.messages.filter({ hasText: text })).toHaveCount(1)
  expect((await states()).filter((state) => state !== 'reconnecting')).toEqual(['online', 'online'])
  // What was being written is still there, and what came is said before it may go.
  await expect(inbox.composer).toHaveValue('写到一半的答复')
  await expect(inbox.moved).toContainText(new RegExp(more.join('|')))
})
