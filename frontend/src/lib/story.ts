import type { EventItem, TimelineItem } from '@/api/timeline'
import { dayKey } from './time'

/** One block of the thread as it is drawn. */
export type Block =
  | { kind: 'day'; key: string; at: string }
  | { kind: 'item'; key: string; item: Exclude<TimelineItem, EventItem>; follows: boolean }
  | { kind: 'events'; key: string; items: EventItem[]; folded: boolean }

/** More marks than this between two bubbles are folded. */
export const foldFrom = 4

/** While two bubbles of one side are closer than this, the second needs no head. */
const togetherFor = 5 * 60_000

/**
 * Turns a timeline into blocks: a separator where a day begins, runs of events
 * as marks (folded when many, unless opened), and bubbles that know whether
 * they follow one of the same side.
 */
export function story(items: readonly TimelineItem[], opened: ReadonlySet<string>): Block[] {
  const blocks: Block[] = []
  let day = ''
  let last: TimelineItem | undefined
  for (const item of items) {
    const key = dayKey(item.at)
    if (key !== day) {
      day = key
      blocks.push({ kind: 'day', key: `day-${key}`, at: item.at })
      last = undefined
    }
    const end = blocks[blocks.length - 1]
    if (item.type === 'event') {
      if (end?.kind === 'events') end.items.push(item)
      else blocks.push({ kind: 'events', key: `events-${item.id}`, items: [item], folded: false })
    } else {
      blocks.push({
        kind: 'item',
        key: `${item.type}-${item.id}`,
        item,
        follows: joins(last, item),
      })
    }
    last = item
  }
  for (const block of blocks) {
    if (block.kind === 'events') {
      block.folded = block.items.length >= foldFrom && !opened.has(block.key)
    }
  }
  return blocks
}

function joins(last: TimelineItem | undefined, item: TimelineItem): boolean {
  return (
    last?.type === 'message' &&
    item.type === 'message' &&
    Date.parse(item.at) - Date.parse(last.at) < togetherFor
  )
}

/** What came into the thread after the event number seen. Items carry no event
    number, so the ids known then decide. */
export function newSince(
  items: readonly TimelineItem[],
  known: ReadonlySet<string>,
): TimelineItem[] {
  return items.filter((item) => !known.has(itemKey(item)))
}

export const itemKey = (item: TimelineItem): string => `${item.type}-${item.id}`
