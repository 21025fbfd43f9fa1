import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import { setServerTime, startClock } from '@/lib/now'
import { at, makeClock } from '@/testing/make'
import { mount } from '@/testing/mount'
import ClockChip from './ClockChip.vue'

let stop: () => void = () => undefined

beforeEach(() => {
  // This machine's clock is ten minutes behind the server's.
  vi.useFakeTimers({ now: Date.parse(at('09:46:48')) })
  setActivePinia(createPinia())
  setServerTime(at('09:56:48'))
  stop = startClock()
})
afterEach(() => {
  stop()
  vi.useRealTimers()
})

it('counts down by the server’s time and turns late the second it is due', async () => {
  const chip = await mount(ClockChip, { clocks: [makeClock()] })
  const shown = () => {
    const element = chip.find('[data-testid="clock-chip"]')
    return [element.dataset.look, element.lastChild?.textContent?.trim()]
  }
  expect(shown()).toEqual(['near', '剩 3:12'])
  await vi.advanceTimersByTimeAsync(1010)
  await nextTick()
  expect(shown()).toEqual(['near', '剩 3:11'])
  await vi.advanceTimersByTimeAsync(191_000)
  await nextTick()
  expect(shown()).toEqual(['late', '超时 0:00'])
  await vi.advanceTimersByTimeAsync(42_000)
  await nextTick()
  expect(shown()).toEqual(['late', '超时 0:42'])
  chip.unmount()
})

it('says why it stands still', async () => {
  const clock = makeClock({ state: 'paused', pause_reason: '等市民补充材料' })
  const chip = await mount(ClockChip, { clocks: [clock] })
  const element = chip.find('[data-testid="clock-chip"]')
  expect([element.dataset.look, element.title]).toEqual(['paused', '等市民补充材料'])
  expect(element.textContent).toContain('等市民补充材料')
  expect(element.textContent).toContain('已暂停')
  chip.unmount()
})
