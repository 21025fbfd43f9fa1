import { defineStore } from 'pinia'
import { ref } from 'vue'
import { listNotices, readNotices, type Notice } from '@/api/notices'
import { paced } from '@/lib/batch'
import { settled } from '@/lib/popup'
import type { Status } from '@/lib/resource'
import { useSession } from './session'

const shown = 30

/** The signed-in person's newest notices and how many are unread. */
export const useNotices = defineStore('notices', () => {
  const items = ref<Notice[]>([])
  const unread = ref(0)
  const status = ref<Status>('loading')
  const error = ref<unknown>()
  /** counts up with everything that may have changed a longer list */
  const ticks = ref(0)
  const session = useSession()
  let generation = 0
  /** what the browser is to show as soon as it is read: notice ids */
  const wanted = new Set<string>()
  let show: ((notice: Notice) => void) | undefined

  async function load(): Promise<void> {
    if (session.linked) return // has no lists
    const mine = ++generation
    try {
      const page = await listNotices(false, { limit: shown })
      if (mine !== generation) return
      items.value = page.items
      unread.value = page.unread
      status.value = 'ready'
      ticks.value++
      for (const notice of settled(page.items, wanted)) show?.(notice)
      wanted.clear()
    } catch (failure) {
      if (mine !== generation) return
      error.value = failure
      if (status.value !== 'ready') status.value = 'error'
    }
  }

  const touch = paced(() => void load(), 100, 1_000)

  /** Something new, by its id when the browser is to show it. */
  function arrived(id?: string): void {
    if (id) wanted.add(id)
    touch()
  }

  async function read(ids: readonly string[]): Promise<void> {
    const now = new Date().toISOString()
    const fresh = items.value.filter((n) => ids.includes(n.id) && !n.read_at).length
    items.value = items.value.map((n) => (ids.includes(n.id) && !n.read_at ? { ...n, read_at: now } : n))
    unread.value = Math.max(0, unread.value - fresh)
    try {
      await readNotices({ ids: [...ids] })
    } finally {
      touch()
    }
  }

  async function readAll(): Promise<void> {
    const newest = items.value[0]
    if (!newest) return
    await readNotices({ up_to: newest.id })
    await load()
  }

  /** Whoever shows notices outside the page says how. */
  function showBy(how: typeof show): void {
    show = how
  }

  function forget(): void {
    generation++
    touch.cancel()
    wanted.clear()
    items.value = []
    unread.value = 0
    status.value = 'loading'
  }

  return { items, unread, status, error, ticks, load, arrived, read, readAll, showBy, forget }
})
