import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, expect, it } from 'vitest'
import type { MessageItem } from '@/api/timeline'
import { makeMessage, makeTicket } from '@/testing/make'
import { mount } from '@/testing/mount'
import MessageBubble from './MessageBubble.vue'

beforeEach(() => setActivePinia(createPinia()))

async function bubble(change: Partial<MessageItem>): Promise<{ text: string; href?: string }> {
  const item = makeMessage('1', change)
  const mounted = await mount(MessageBubble, { item, ticket: makeTicket('7'), follows: true })
  const text = mounted.root.textContent.trim().replace(/\s+/g, ' ')
  const href = mounted.root.querySelector('a')?.getAttribute('href') ?? undefined
  mounted.unmount()
  return { text, href }
}

it('a location says where once', async () => {
  const label = '安澜市临江区安和路'
  expect(await bubble({ message_type: 'location', text: label, data: { label } })).toEqual({
    text: label,
  })
  expect(await bubble({ message_type: 'location', text: '', data: { label } })).toEqual({
    text: label,
  })
  expect((await bubble({ message_type: 'location', text: '', data: {} })).text).not.toBe('')
})

it('a link says its title once', async () => {
  const data = { title: '办事指南', url: 'https://city.example/guide' }
  expect(await bubble({ message_type: 'link', text: '办事指南', data })).toEqual({
    text: '办事指南',
    href: data.url,
  })
  expect((await bubble({ message_type: 'link', text: '请看这个', data })).text).toBe(
    '请看这个办事指南',
  )
})

it('a link that a page must not open stands as words', async () => {
  const data = { title: '点我', url: 'javascript:alert(1)' }
  expect(await bubble({ message_type: 'link', text: '点我', data })).toEqual({ text: '点我' })
})
