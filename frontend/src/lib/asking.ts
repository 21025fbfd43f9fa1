import { shallowRef, ref, watch, type Ref, type ShallowRef } from 'vue'
import { isAbort } from '@/api/client'

export interface Asking<T> {
  found: ShallowRef<T[]>
  status: Ref<'idle' | 'loading' | 'ready' | 'error'>
}

/**
 * Asks while somebody types: wait milliseconds after the last key, the newest
 * question only, nothing for a text shorter than least characters.
 */
export function useAsking<T>(
  query: Ref<string>,
  ask: (text: string, signal: AbortSignal) => Promise<{ items: T[] }>,
  { wait, least }: { wait: number; least: number },
): Asking<T> {
  const found = shallowRef<T[]>([])
  const status = ref<'idle' | 'loading' | 'ready' | 'error'>('idle')
  let abort: AbortController | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  watch(query, (typed) => {
    abort?.abort()
    clearTimeout(timer)
    const text = typed.trim()
    if (text.length < least) {
      found.value = []
      status.value = 'idle'
      return
    }
    status.value = 'loading'
    timer = setTimeout(() => void run(text), wait)
  })

  async function run(text: string): Promise<void> {
    abort = new AbortController()
    const { signal } = abort
    try {
      const { items } = await ask(text, signal)
      if (signal.aborted) return
      found.value = items
      status.value = 'ready'
    } catch (error) {
      if (isAbort(error) || signal.aborted) return
      found.value = []
      status.value = 'error'
    }
  }

  return { found, status }
}
