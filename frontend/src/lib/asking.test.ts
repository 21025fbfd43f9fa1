import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { nextTick, ref } from 'vue'
import { useAsking } from './asking'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

async function asking(ask: (text: string) => Promise<{ items: string[] }>) {
  const query = ref('')
  const asked = vi.fn(ask)
  const result = useAsking(query, (text) => asked(text), { wait: 100, least: 2 })
  const type = async (text: string, wait = 100) => {
    query.value = text
    await nextTick()
    await vi.advanceTimersByTimeAsync(wait)
  }
  return { ...result, asked, type }
}

it('asks once the typing rests, for enough characters', async () => {
  const { asked, found, status, type } = await asking((text) => Promise.resolve({ items: [text] }))
  await type('居')
  expect(asked).not.toHaveBeenCalled()
  await type('居住', 50)
  await type(' 居住证 ')
  expect(asked.mock.calls).toEqual([['居住证']])
  expect([found.value, status.value]).toEqual([['居住证'], 'ready'])
  await type('')
  expect([found.value, status.value]).toEqual([[], 'idle'])
})

it('drops the answer to an older question', async () => {
  const waits: ((value: { items: string[] }) => void)[] = []
  const { found, type } = await asking(() => new Promise((resolve) => waits.push(resolve)))
  await type('公积金')
  await type('居住证')
  waits[1]!({ items: ['new'] })
  waits[0]!({ items: ['old'] })
  await vi.advanceTimersByTimeAsync(0)
  expect(found.value).toEqual(['new'])
})

it('says when the search failed', async () => {
  const { found, status, type } = await asking(() => Promise.reject(new Error('no')))
  await type('居住证')
  expect([found.value, status.value]).toEqual([[], 'error'])
})
