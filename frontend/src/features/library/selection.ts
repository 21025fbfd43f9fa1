import { computed, shallowRef } from 'vue'
import type { Entry } from '@/api/faq'

/** What the server takes in one bulk action. */
export const mostSelected = 500

/**
 * The entries chosen in a list, each as it stood when it was chosen: an action
 * is about the text that was read, and is refused when there is a newer one.
 */
export function useSelection(items: () => readonly Entry[]) {
  const chosen = shallowRef<ReadonlyMap<string, Entry>>(new Map())
  /** the row that a range begins at */
  let anchor = ''

  /** Chooses a row or lets it go; with range all rows from the one touched last. */
  function toggle(id: string, range = false): void {
    const rows = items()
    const to = rows.findIndex((entry) => entry.id === id)
    const from = range ? rows.findIndex((entry) => entry.id === anchor) : to
    if (to < 0) return
    const begin = from < 0 ? to : from
    set(rows.slice(Math.min(begin, to), Math.max(begin, to) + 1), !chosen.value.has(id))
    anchor = id
  }

  function set(rows: readonly Entry[], on: boolean): void {
    const next = new Map(chosen.value)
    for (const entry of rows) {
      if (!on) next.delete(entry.id)
      else if (next.has(entry.id) || next.size < mostSelected) next.set(entry.id, entry)
    }
    chosen.value = next
  }

  /** Exactly these, up to the most. */
  function choose(entries: readonly Entry[]): void {
    chosen.value = new Map()
    set(entries, true)
  }

  const all = computed<boolean | 'some'>(() => {
    const rows = items()
    const inSight = rows.filter((entry) => chosen.value.has(entry.id)).length
    if (inSight === 0) return chosen.value.size > 0 ? 'some' : false
    return inSight === Math.min(rows.length, mostSelected) ? true : 'some'
  })

  return {
    chosen,
    all,
    full: computed(() => chosen.value.size >= mostSelected),
    toggle,
    choose,
    clear: () => choose([]),
  }
}

export type Selection = ReturnType<typeof useSelection>
