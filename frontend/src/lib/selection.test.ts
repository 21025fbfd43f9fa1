import { describe, expect, it } from 'vitest'
import { ref } from 'vue'
import { makeEntry } from '@/testing/make'
import { mostSelected, useSelection } from './selection'

function rows(n: number) {
  const items = ref(Array.from({ length: n }, (_, i) => makeEntry(String(i + 1))))
  const selection = useSelection(() => items.value)
  return { items, selection, ids: () => [...selection.chosen.value.keys()] }
}

describe('a selection', () => {
  it('takes a row and lets it go', () => {
    const { selection, ids } = rows(3)
    selection.toggle('2')
    expect(ids()).toEqual(['2'])
    expect(selection.all.value).toBe('some')
    selection.toggle('2')
    expect(ids()).toEqual([])
    expect(selection.all.value).toBe(false)
  })

  it('takes a range in either direction, and lets a range go', () => {
    const { selection, ids } = rows(6)
    selection.toggle('5')
    selection.toggle('2', true)
    expect(ids().toSorted()).toEqual(['2', '3', '4', '5'])
    selection.toggle('4', true)
    expect(ids()).toEqual(['5'])
  })

  it('begins a range at its own row when none was touched', () => {
    const { selection, ids } = rows(4)
    selection.toggle('3', true)
    expect(ids()).toEqual(['3'])
  })

  it('says when all rows are in it', () => {
    const { selection, items } = rows(2)
    selection.choose(items.value)
    expect(selection.all.value).toBe(true)
    selection.clear()
    expect(selection.all.value).toBe(false)
  })

  it('holds what the server takes and no more', () => {
    const { selection, items, ids } = rows(mostSelected + 20)
    selection.choose(items.value)
    expect(ids()).toHaveLength(mostSelected)
    expect(selection.full.value).toBe(true)
    selection.toggle(String(mostSelected + 1))
    expect(ids()).toHaveLength(mostSelected)
    selection.toggle('1')
    selection.toggle(String(mostSelected + 1))
    expect(ids()).toContain(String(mostSelected + 1))
  })

  it('remembers how an entry stood when it was chosen', () => {
    const { selection, items } = rows(1)
    selection.toggle('1')
    items.value = [makeEntry('1', { revision: 9 })]
    expect(selection.chosen.value.get('1')?.revision).toBe(1)
  })
})
