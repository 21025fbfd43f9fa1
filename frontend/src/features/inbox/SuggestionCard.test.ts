import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import type { Suggestion } from '@/api/faq'
import { mount } from '@/testing/mount'
import SuggestionCard from './SuggestionCard.vue'

beforeEach(() => setActivePinia(createPinia()))

async function card(confidence: number): Promise<string> {
  const item: Suggestion = {
    entry_id: '4',
    question: '居住证怎么办理',
    answer: '携带身份证到派出所。',
    revision: 1,
    score: 1,
    confidence,
    department: '公安局',
    document_number: '',
    matched_question: '',
    matches: [],
    slips: [],
    service_link: '',
    valid_to: '',
  }
  const mounted = await mount(SuggestionCard, { item, number: 2, sending: false })
  const text = mounted.root.textContent
  mounted.unmount()
  return text
}

it('shows how sure a match is', async () => {
  expect(await card(0.934)).toContain('0.93')
  expect(await card(0.3)).not.toContain('参考')
})

it('calls a weak match a hint, without a figure', async () => {
  for (const confidence of [0.29, 0.06, 0.004, 0]) {
    const text = await card(confidence)
    expect(text).toContain('参考')
    expect(text).not.toMatch(/0\.|</)
  }
})
