import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ticketCounts, type Counts } from '@/api/tickets'
import { paced } from '@/lib/batch'
import { useSession } from './session'

/** How many tickets each view holds. Asked for again after changes, at most every 2 s. */
export const useCounts = defineStore('counts', () => {
  const counts = ref<Counts>()
  /** What waits at a place: late tickets; replies that did not leave, messages nobody could read, dead tasks. */
  const waiting = computed<Record<string, number>>(() => ({
    inbox: counts.value?.overdue ?? 0,
    operations: (counts.value?.failed ?? 0) + (counts.value?.dead_work ?? 0),
  }))
  const session = useSession()
  let generation = 0
  let abort: AbortController | undefined

  async function load(): Promise<void> {
    if (session.linked) return // has no lists
    const mine = ++generation
    abort?.abort()
    abort = new AbortController()
    try {
      const next = await ticketCounts(abort.signal)
      if (mine === generation) counts.value = next
    } catch {
      // The figures shown stay; the next change asks again.
    }
  }

  const touch = paced(() => void load(), 250, 2_000)

  /** Whoever comes next sees no figures of before, and nothing more is asked for. */
  function forget(): void {
    generation++
    abort?.abort()
    touch.cancel()
    counts.value = undefined
  }

  return { counts, waiting, load, touch, forget }
})
