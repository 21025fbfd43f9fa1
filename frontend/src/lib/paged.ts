import { computed, ref, shallowRef } from 'vue'
import { isAbort, type Page } from '@/api/client'
import type { Status } from './resource'

type Fetch<F, T> = (filter: F, cursor: string, signal: AbortSignal) => Promise<Page<T>>

/** A quiet load reads at most so many rows anew; rows below stay as they were. */
const renewed = 400

/** A list by pages under a filter. A newer filter drops the answers to an older one. */
export function usePaged<F, T extends { id: string }>(fetchPage: Fetch<F, T>) {
  const items = shallowRef<T[]>([])
  const status = ref<Status>('loading')
  const error = shallowRef<unknown>()
  const cursor = ref('')
  const loadingMore = ref(false)
  const moreFailed = ref(false)
  const hasMore = computed(() => cursor.value !== '')
  let filter: F | undefined
  let generation = 0
  let abort: AbortController | undefined
  let reading: Promise<void> | undefined

  async function load(next: F, options: { quiet?: boolean } = {}): Promise<void> {
    const mine = ++generation
    abort?.abort()
    abort = new AbortController()
    filter = next
    reading = undefined
    loadingMore.value = moreFailed.value = false
    if (!options.quiet || status.value === 'error') status.value = 'loading'
    try {
      const wanted = options.quiet ? Math.min(items.value.length, renewed) : 0
      const page = await upTo(next, wanted, abort.signal)
      if (mine !== generation) return
      take(page, options.quiet ? items.value : [])
      status.value = 'ready'
    } catch (failure) {
      if (mine !== generation || isAbort(failure)) return
      error.value = failure
      if (!options.quiet) status.value = 'error'
    }
  }

  /** The first page, and more while they hold fewer rows than wanted. */
  async function upTo(under: F, wanted: number, signal: AbortSignal): Promise<Page<T>> {
    let page = await fetchPage(under, '', signal)
    while (page.items.length < wanted && page.next_cursor) {
      const more = await fetchPage(under, page.next_cursor, signal)
      page = { items: [...page.items, ...more.items], next_cursor: more.next_cursor }
    }
    return page
  }

  /** Puts new rows in the place of those before; rows that stood below the last of them stay. */
  function take(page: Page<T>, before: readonly T[]): void {
    const last = page.items.at(-1)?.id
    const at = page.next_cursor ? before.findIndex(({ id }) => id === last) : -1
    const rest = at < 0 ? [] : fresh(before.slice(at + 1), page.items)
    items.value = [...page.items, ...rest]
    if (rest.length === 0) cursor.value = page.next_cursor
  }

  /** Rows that are not in the list yet; one that moved meanwhile may come twice. */
  function fresh(rows: readonly T[], known: readonly T[]): T[] {
    const ids = new Set(known.map(({ id }) => id))
    return rows.filter(({ id }) => !ids.has(id))
  }

  /** Reads the next page; calls while one is read wait for it. */
  function more(): Promise<void> {
    if (!hasMore.value || filter === undefined) return Promise.resolve()
    return (reading ??= readMore(filter))
  }

  async function readMore(under: F): Promise<void> {
    const mine = generation
    loadingMore.value = true
    moreFailed.value = false
    try {
      const page = await fetchPage(under, cursor.value, abort!.signal)
      if (mine !== generation) return
      items.value = [...items.value, ...fresh(page.items, items.value)]
      cursor.value = page.next_cursor
    } catch (failure) {
      if (mine === generation && !isAbort(failure)) moreFailed.value = true
    } finally {
      if (mine === generation) {
        loadingMore.value = false
        reading = undefined
      }
    }
  }

  /** Reads until there are so many rows, or no more, or a page does not come. */
  async function atLeast(rows: number): Promise<void> {
    const mine = generation
    do await more()
    while (mine === generation && hasMore.value && !moreFailed.value && items.value.length < rows)
  }

  return { items, status, error, loadingMore, moreFailed, hasMore, load, more, atLeast }
}
