import { computed, ref, shallowRef } from 'vue'
import { isAbort, type Page } from '@/api/client'
import type { Status } from './resource'

type Fetch<F, T> = (filter: F, cursor: string, signal: AbortSignal) => Promise<Page<T>>

/** A list by pages under a filter. A newer filter drops the answers to an older one. */
export function usePaged<F, T>(fetchPage: Fetch<F, T>) {
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

  async function load(next: F, options: { quiet?: boolean } = {}): Promise<void> {
    const mine = ++generation
    abort?.abort()
    abort = new AbortController()
    filter = next
    loadingMore.value = moreFailed.value = false
    if (!options.quiet || status.value === 'error') status.value = 'loading'
    try {
      const page = await fetchPage(next, '', abort.signal)
      if (mine !== generation) return
      items.value = page.items
      cursor.value = page.next_cursor
      status.value = 'ready'
    } catch (failure) {
      if (mine !== generation || isAbort(failure)) return
      error.value = failure
      if (!options.quiet) status.value = 'error'
    }
  }

  async function more(): Promise<void> {
    if (!hasMore.value || loadingMore.value || filter === undefined) return
    const mine = generation
    loadingMore.value = true
    moreFailed.value = false
    try {
      const page = await fetchPage(filter, cursor.value, abort!.signal)
      if (mine !== generation) return
      items.value = [...items.value, ...page.items]
      cursor.value = page.next_cursor
    } catch (failure) {
      if (mine === generation && !isAbort(failure)) moreFailed.value = true
    } finally {
      if (mine === generation) loadingMore.value = false
    }
  }

  return { items, status, error, loadingMore, moreFailed, hasMore, load, more }
}
