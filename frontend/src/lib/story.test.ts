import { describe, expect, it } from 'vitest'
import type { EventItem, TimelineItem } from '@/api/timeline'
import { makeMessage, makeReply } from '@/testing/make'
import { foldFrom, newSince, itemKey, story } from './story'

const day = (n: number, minute = 0) => new Date(2026, 10, n, 9, minute).toISOString()
const event = (id: string, at = day(20)): EventItem => ({
  type: 'event',
  id,
  at,
  name: 'ticket.assigned',
  actor: null,
  data: {},
})
const kinds = (items: TimelineItem[], opened: string[] = []) =>
  story(items, new Set(opened)).map((block) =>
    block.kind === 'events'
      ? `events:${block.items.length}${block.folded ? ' folded' : ''}`
      : block.kind,
  )

describe('story', () => {
  it('separates days', () => {
    expect(kinds([makeMessage('1', { at: day(20) }), makeMessage('2', { at: day(21) })])).toEqual([
      'day',
      'item',
      'day',
      'item',
    ])
  })
  it('folds many marks between bubbles and opens them when asked', () => {
    const events = Array.from({ length: foldFrom }, (_, i) => event(`e${i}`))
    expect(kinds(events)).toEqual(['day', `events:${foldFrom} folded`])
    expect(kinds(events, ['events-e0'])).toEqual(['day', `events:${foldFrom}`])
    expect(kinds(events.slice(1))).toEqual(['day', `events:${foldFrom - 1}`])
  })
  it('joins messages of one side that follow soon', () => {
    const blocks = story(
      [
        makeMessage('1', { at: day(20, 0) }),
        makeMessage('2', { at: day(20, 2) }),
        makeMessage('3', { at: day(20, 30) }),
        makeReply('4', { at: day(20, 31) }),
        makeMessage('5', { at: day(20, 32) }),
      ],
      new Set(),
    )
    expect(blocks.filter((b) => b.kind === 'item').map((b) => b.follows)).toEqual([
      false,
      true,
      false,
      false,
      false,
    ])
  })
})

it('finds what was not known', () => {
  const items = [makeMessage('1'), makeReply('1'), makeMessage('2')]
  const known = new Set([itemKey(items[0]!)])
  expect(newSince(items, known).map(itemKey)).toEqual(['reply-1', 'message-2'])
})
