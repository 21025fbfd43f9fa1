import { computed, shallowRef } from 'vue'

/** What the server takes in one bulk action. */
export const mostSelected = 500

/**
 * The rows chosen in a list, each as it stood when it was chosen: an action is
 * about what was read, and is refused when there is something newer.
 */
export function useSelection<T extends { id: string }>(items: () => readonly T[]) {
  const chosen = shallowRef<ReadonlyMap<string, T>>(new Map())
  /** the row that a range begins at */
  let anchor = ''

  /** Chooses a row or lets it go; with range all rows from the one touched last. */
  function toggle(id: string, range = false): void {
    const rows = items()
    const to = rows.findIndex((row) => row.id === id)
    const from = range ? rows.findIndex((row) => row.id === anchor) : to
    if (to < 0) return
    const begin = from < 0 ? to : from
    set(rows.slice(Math.min(begin, to), Math.max(begin, to) + 1), !chosen.value.has(id))
    anchor = id
  }

  function set(rows: readonly T[], on: boolean): void {
    const next = new Map(chosen.value)
    for (const row of rows) {
      if (!on) next.delete(row.id)
      else if (next.has(row.id) || next.size < mostSelected) next.set(row.id, row)
    }
    chosen.value = next
  }

  /** Exactly these, up to the most. */
  function choose(rows: readonly T[]): void {
    chosen.value = new Map()
    set(rows, true)
  }

  /** Lets these go. */
  function drop(ids: readonly string[]): void {
    const next = new Map(chosen.value)
    for (const id of ids) next.delete(id)
    chosen.value = next
  }

  const all = computed<boolean | 'some'>(() => {
    const rows = items()
    const inSight = rows.filter((row) => chosen.value.has(row.id)).length
    if (inSight === 0) return chosen.value.size > 0 ? 'some' : false
    return inSight === Math.min(rows.length, mostSelected) ? true : 'some'
  })

  return {
    chosen,
    all,
    full: computed(() => chosen.value.size >= mostSelected),
    toggle,
    choose,
    drop,
    clear: () => choose([]),
  }
}

export type Selection<T extends { id: string }> = ReturnType<typeof useSelection<T>>
