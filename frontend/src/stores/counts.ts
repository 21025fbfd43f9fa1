import { defineStore } from 'pinia'
import { ref } from 'vue'
import { ticketCounts, type Counts } from '@/api/tickets'
import { paced } from '@/lib/batch'

/** How many tickets each view holds. Asked for again after changes, at most every 2 s. */
export const useCounts = defineStore('counts', () => {
  const counts = ref<Counts>()
  let generation = 0

  async function load(): Promise<void> {
    const mine = ++generation
    try {
      const next = await ticketCounts()
      if (mine === generation) counts.value = next
    } catch {
      // The figures shown stay; the next change asks again.
    }
  }

  const touch = paced(() => void load(), 250, 2_000)

  function forget(): void {
    generation++
    counts.value = undefined
  }

  return { counts, load, touch, forget }
})
