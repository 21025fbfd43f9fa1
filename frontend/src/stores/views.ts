import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import * as api from '@/api/views'
import type { SavedView, ViewCount } from '@/api/views'
import { paced } from '@/lib/batch'
import { useSession } from './session'

/** The saved views one sees and how many tickets they hold; counted again after changes, at most every 5 s. */
export const useViews = defineStore('views', () => {
  const session = useSession()
  const items = shallowRef<SavedView[]>([])
  const counts = shallowRef<ReadonlyMap<string, ViewCount>>(new Map())
  /** the list could not be loaded */
  const failed = ref(false)
  let loaded: Promise<void> | undefined
  let generation = 0

  function ensure(): Promise<void> {
    loaded ??= reload()
    return loaded
  }

  async function reload(): Promise<void> {
    if (!session.can('tickets.work')) return
    const mine = ++generation
    try {
      const list = await api.listViews()
      if (mine !== generation) return
      items.value = list
      failed.value = false
      touch()
    } catch {
      if (mine !== generation) return
      failed.value = true
      loaded = undefined // asked for again the next time the inbox opens
    }
  }

  async function count(): Promise<void> {
    if (items.value.length === 0) return
    const mine = generation
    try {
      const list = await api.countViews()
      if (mine === generation) counts.value = new Map(list.map((one) => [one.id, one]))
    } catch {
      // The figures shown stay; the next change asks again.
    }
  }

  const touch = paced(() => void count(), 400, 5_000)

  /** A view was saved or deleted, here or by a colleague. */
  function changed(): void {
    if (loaded) void reload()
  }

  /** Moves a view within one's own list; taken back when the server refuses. */
  async function move(id: string, by: number): Promise<void> {
    const from = items.value.findIndex((view) => view.id === id)
    const to = from + by
    if (from < 0 || to < 0 || to >= items.value.length) return
    const before = items.value
    const list = before.toSpliced(from, 1).toSpliced(to, 0, before[from]!)
    items.value = list
    try {
      await api.orderViews(list.map((view) => view.id))
    } catch (error) {
      items.value = before
      throw error
    }
  }

  /** Whoever comes next sees nothing of before. */
  function forget(): void {
    generation++
    touch.cancel()
    loaded = undefined
    items.value = []
    counts.value = new Map()
  }

  return { items, counts, failed, ensure, reload, touch, changed, move, forget }
})
