import { expect, it } from 'vitest'
import type { Suggestion } from '@/api/faq'
import { mount } from '@/testing/mount'
import SlipNote from './SlipNote.vue'

async function note(slips: Suggestion['slips']): Promise<string> {
  const mounted = await mount(SlipNote, { item: { slips } as Suggestion })
  const text = mounted.root.textContent.trim()
  mounted.unmount()
  return text
}

it('says what was read as something else, and nothing otherwise', async () => {
  expect(await note([{ typed: '主', meant: '住' }])).toBe('“主”按同音字“住”理解。')
  expect(await note([])).toBe('')
})
