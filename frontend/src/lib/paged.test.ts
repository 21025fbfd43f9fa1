import { describe, expect, it } from 'vitest'
import { usePaged } from './paged'

// A list of a server, newest first, in pages of two; the cursor is the id that
// the page before ended with.
function served(ids: number[]) {
  const server = { ids, calls: 0 }
  const list = usePaged<string, { id: string }>((_, cursor) => {
    server.calls++
    const left = server.ids.filter((id) => !cursor || id < Number(cursor))
    const items = left.slice(0, 2).map((id) => ({ id: String(id) }))
    return Promise.resolve({ items, next_cursor: left.length > 2 ? items.at(-1)!.id : '' })
  })
  const shown = () => list.items.value.map(({ id }) => Number(id))
  return { server, list, shown }
}

describe('a list by pages', () => {
  it('is read page by page', async () => {
    const { list, shown } = served([5, 4, 3, 2, 1])
    await list.load('')
    expect(shown()).toEqual([5, 4])
    await list.more()
    await list.more()
    expect(shown()).toEqual([5, 4, 3, 2, 1])
    expect(list.hasMore.value).toBe(false)
  })

  it('keeps as many rows as were read when it is renewed', async () => {
    const { server, list, shown } = served([7, 6, 5, 4, 3, 2, 1])
    await list.load('')
    await list.more()
    server.ids = [8, 7, 5, 4, 3, 2, 1] // one came, one went
    await list.load('', { quiet: true })
    expect(shown()).toEqual([8, 7, 5, 4])
    await list.more()
    expect(shown()).toEqual([8, 7, 5, 4, 3, 2])
  })

  it('leaves what lies far below as it was', async () => {
    const ids = Array.from({ length: 500 }, (_, i) => 500 - i)
    const { server, list, shown } = served(ids)
    await list.load('')
    while (list.items.value.length < 450) await list.more()
    server.calls = 0
    server.ids = [501, ...ids]
    await list.load('', { quiet: true })
    expect(server.calls).toBe(200)
    expect(shown()).toEqual([501, ...ids.slice(0, 450)])
    await list.more()
    expect(shown()).toEqual([501, ...ids.slice(0, 452)])
  })

  it('reads up to a number of rows, one page at a time', async () => {
    const { server, list, shown } = served([9, 8, 7, 6, 5, 4, 3, 2, 1])
    await list.load('')
    await Promise.all([list.more(), list.more(), list.atLeast(5)])
    expect(shown()).toEqual([9, 8, 7, 6, 5, 4])
    expect(server.calls).toBe(3)
    await list.atLeast(100)
    expect(shown()).toHaveLength(9)
  })

  it('begins anew under another filter, and when all of it is there', async () => {
    const { server, list, shown } = served([4, 3, 2, 1])
    await list.load('')
    await list.more()
    server.ids = [2]
    await list.load('', { quiet: true })
    expect(shown()).toEqual([2])
    server.ids = [9, 8, 7]
    await list.load('x')
    expect(shown()).toEqual([9, 8])
  })
})
