import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { isAbort } from '@/api/client'

export type Status = 'loading' | 'ready' | 'error'

export interface Resource<T> {
  data: ShallowRef<T | undefined>
  status: Ref<Status>
  error: ShallowRef<unknown>
  /** Loads, or loads again while what is shown stays. */
  load: () => Promise<void>
}

/** One thing a screen shows, with its four looks. Late answers are dropped. */
export function useResource<T>(fetchIt: (signal: AbortSignal) => Promise<T>): Resource<T> {
  const data = shallowRef<T>()
  const status = ref<Status>('loading')
  const error = shallowRef<unknown>()
  let generation = 0
  let abort: AbortController | undefined

  async function load(): Promise<void> {
    const mine = ++generation
    abort?.abort()
    abort = new AbortController()
    if (data.value === undefined) status.value = 'loading'
    try {
      const next = await fetchIt(abort.signal)
      if (mine !== generation) return
      data.value = next
      status.value = 'ready'
    } catch (failure) {
      if (mine !== generation || isAbort(failure)) return
      error.value = failure
      // What is shown stays when only a refresh failed.
      if (data.value === undefined) status.value = 'error'
    }
  }

  return { data, status, error, load }
}
