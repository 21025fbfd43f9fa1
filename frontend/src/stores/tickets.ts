import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { ApiError, isAbort } from '@/api/client'
import * as api from '@/api/tickets'
import type { Excerpt, Ticket, TicketFilter } from '@/api/tickets'
import { Batch } from '@/lib/batch'
import { serverNow } from '@/lib/now'
import { matches, placeOf, type Order } from '@/lib/order'
import { useSession } from './session'

const pageSize = 50
/** More changed tickets at once than this: ask for the list, not for each. */
const manyAtOnce = 20
/** What is written is found a moment later. */
const foundAfter = 1000
/** So many pages are loaded at the most to show what is new. */
const mostPages = 20

/** Every open view is ordered by urgency unless the person asked otherwise. */
export const sortOf = (filter: TicketFilter): Order =>
  filter.view === 'snoozed' ? 'wake' : filter.sort ?? (filter.view === 'all' ? 'newest' : 'due')

/**
 * The list of the inbox under one filter. Live changes update rows where they
 * stand; a new row is put in only where it moves nothing the person looks at,
 * else it waits behind the pill until the person asks.
 */
export const useTickets = defineStore('tickets', () => {
  const session = useSession()

  const filter = shallowRef<TicketFilter>({ view: 'open' })
  const items = shallowRef<Ticket[]>([])
  const status = ref<'idle' | 'loading' | 'ready' | 'error'>('idle')
  const error = shallowRef<unknown>()
  const loadingMore = ref(false)
  const moreFailed = ref(false)
  const cursor = ref('')
  /** ids of tickets that wait behind the pill: their rows would move what is looked at */
  const waiting = shallowRef<ReadonlySet<string>>(new Set())
  /** ids of rows that no longer belong here, kept where they stand */
  const leaving = shallowRef<ReadonlySet<string>>(new Set())
  /** ids of rows that came in live, for the fade */
  const fresh = shallowRef<ReadonlySet<string>>(new Set())
  /** ids of tickets that came in live and were not opened yet; their rows carry a mark */
  const arrived = shallowRef<ReadonlySet<string>>(new Set())
  /** those of them whose row was not in sight yet, or is on a page not loaded */
  const unseen = shallowRef<ReadonlySet<string>>(new Set())
  /** everything the pill tells of */
  const news = computed<ReadonlySet<string>>(() => new Set([...waiting.value, ...unseen.value]))
  /** rows up to this index must not move; -1: nothing is looked at */
  let anchor = -1
  let generation = 0
  let abort: AbortController | undefined

  const sort = computed(() => sortOf(filter.value))
  const hasMore = computed(() => cursor.value !== '')
  /** why a ticket was found, by its id; empty when nothing is looked for */
  const excerpts = shallowRef<ReadonlyMap<string, Excerpt>>(new Map())
  let later: ReturnType<typeof setTimeout> | undefined
  const changes = new Batch((ids) => void fetchChanged(ids))

  /** One page under the filter: of the list, or of what a search finds. */
  async function page(
    of: TicketFilter,
    from: string,
    signal?: AbortSignal,
  ): Promise<api.TicketPage> {
    if (!of.q) {
      const order = sortOf(of)
      const list = await api.listTickets(
        { ...of, sort: order === 'wake' ? undefined : order },
        { cursor: from, limit: pageSize },
        signal,
      )
      return { ...list, excerpts: new Map() }
    }
    const found = await api.searchTickets(of, { cursor: from, limit: pageSize }, signal)
    return {
      items: found.items.map((hit) => hit.ticket),
      next_cursor: found.next_cursor,
      excerpts: new Map(found.items.map((hit) => [hit.ticket.id, hit.excerpt])),
    }
  }

  /** Loads the first page; a filter other than the present one empties the list at once. */
  async function load(next: TicketFilter, options: { quiet?: boolean } = {}): Promise<void> {
    const mine = ++generation
    abort?.abort()
    clearTimeout(later)
    abort = new AbortController()
    filter.value = next
    if (!options.quiet) {
      items.value = []
      arrived.value = unseen.value = waiting.value = new Set()
      status.value = 'loading'
    }
    loadingMore.value = false
    try {
      const first = await page(next, '', abort.signal)
      if (mine !== generation) return
      items.value = first.items
      excerpts.value = first.excerpts
      cursor.value = first.next_cursor
      keepNews(first.items)
      waiting.value = new Set()
      leaving.value = new Set()
      fresh.value = new Set()
      status.value = 'ready'
    } catch (failure) {
      if (mine !== generation || isAbort(failure)) return
      error.value = failure
      if (!options.quiet) status.value = 'error'
    }
  }

  /** What is known as new stays so when the list is loaded again, unless it was read or is gone. */
  function keepNews(listed: readonly Ticket[]): void {
    const unread = new Set(listed.filter((ticket) => ticket.unread).map((ticket) => ticket.id))
    const known = new Set(listed.map((ticket) => ticket.id))
    const stays = (id: string) => (known.has(id) ? unread.has(id) : cursor.value !== '')
    const came = [...waiting.value].filter((id) => unread.has(id))
    arrived.value = new Set([...arrived.value, ...came].filter(stays))
    unseen.value = new Set([...unseen.value, ...came].filter(stays))
  }

  /** Loads the list again without emptying it. */
  const refresh = () => load(filter.value, { quiet: status.value === 'ready' })

  async function more(): Promise<void> {
    if (!hasMore.value || loadingMore.value || status.value !== 'ready') return
    const mine = generation
    loadingMore.value = true
    moreFailed.value = false
    try {
      const next = await page(filter.value, cursor.value)
      if (mine !== generation) return
      // A row that moved between two pages must not stand twice.
      const known = new Set(items.value.map((ticket) => ticket.id))
      items.value = [...items.value, ...next.items.filter((ticket) => !known.has(ticket.id))]
      excerpts.value = new Map([...excerpts.value, ...next.excerpts])
      cursor.value = next.next_cursor
    } catch {
      if (mine === generation) moreFailed.value = true
    } finally {
      if (mine === generation) loadingMore.value = false
    }
  }

  /** The view tells which rows the person looks at. */
  function setAnchor(index: number): void {
    anchor = index
  }

  /** An event said that this ticket changed. */
  function touch(id: string): void {
    if (status.value === 'ready') changes.add(id)
  }

  async function fetchChanged(ids: string[]): Promise<void> {
    if (ids.length > manyAtOnce) {
      if (anchor < 0) await refresh()
      else waiting.value = new Set([...waiting.value, ...ids])
      return
    }
    const mine = generation
    await Promise.all(
      ids.map(async (id) => {
        try {
          const ticket = await api.getTicket(id)
          if (mine === generation) merge(ticket)
        } catch (failure) {
          // Out of sight for this person now: the row goes.
          if (failure instanceof ApiError && ['not_found', 'forbidden'].includes(failure.code)) {
            remove(id)
          }
        }
      }),
    )
  }

  /** Takes a newer state of one ticket into the list. */
  function merge(ticket: Ticket): void {
    if (status.value !== 'ready') return
    const index = items.value.findIndex((item) => item.id === ticket.id)
    const belongs = matches(filter.value, ticket, session.me, serverNow())
    if (index >= 0) {
      items.value = items.value.with(index, ticket)
      setMember(leaving, ticket.id, belongs === false)
      if (!ticket.unread) opened(ticket.id)
    } else if (belongs) {
      insert(ticket)
    } else if (belongs === undefined) {
      searchAgain()
    } else {
      opened(ticket.id)
      setMember(waiting, ticket.id, false)
    }
  }

  /** A ticket that changed may be found now, which only the server can tell. */
  function searchAgain(): void {
    clearTimeout(later)
    if (anchor >= 0 || items.value.length > pageSize) return
    later = setTimeout(() => void refresh(), foundAfter)
  }

  function insert(ticket: Ticket): void {
    const place = placeOf(items.value, ticket, sort.value)
    setMember(arrived, ticket.id, ticket.unread)
    setMember(unseen, ticket.id, ticket.unread)
    if (place === items.value.length && hasMore.value) return // on a page not loaded yet
    if (place <= anchor) {
      setMember(waiting, ticket.id, true)
      return
    }
    items.value = items.value.toSpliced(place, 0, ticket)
    setMember(fresh, ticket.id, true)
  }

  /** Changes a row before the server has answered. */
  function patch(id: string, change: Partial<Ticket>): void {
    const index = items.value.findIndex((item) => item.id === id)
    if (index >= 0) items.value = items.value.with(index, { ...items.value[index]!, ...change })
  }

  function remove(id: string): void {
    items.value = items.value.filter((ticket) => ticket.id !== id)
    setMember(waiting, id, false)
    opened(id)
  }

  /** These rows are in sight: the pill need not tell of them any more. */
  function saw(ids: readonly string[]): void {
    for (const id of ids) setMember(unseen, id, false)
  }

  /** The ticket is being read: nothing about it is new. */
  function opened(id: string): void {
    setMember(unseen, id, false)
    setMember(arrived, id, false)
  }

  /** Brings what waits into the list; answers with the first row that was not in sight yet. */
  async function bringNews(): Promise<string | undefined> {
    const wanted = news.value
    if (waiting.value.size > 0) await refresh()
    const find = () => items.value.find((ticket) => wanted.has(ticket.id))?.id
    for (let pages = 0; !find() && hasMore.value && pages < mostPages; pages++) {
      const before = items.value.length
      await more()
      if (items.value.length === before) break
    }
    const found = find()
    // What lies further away than anybody scrolls need not be told again.
    if (!found) unseen.value = new Set()
    return found
  }

  /** Takes out the rows that no longer belong here, except the one being read. */
  function settle(except: string): void {
    if (leaving.value.size === 0) return
    items.value = items.value.filter(
      (ticket) => ticket.id === except || !leaving.value.has(ticket.id),
    )
    leaving.value = new Set(leaving.value.has(except) ? [except] : [])
  }

  return {
    filter,
    items,
    excerpts,
    status,
    error,
    loadingMore,
    moreFailed,
    hasMore,
    waiting,
    leaving,
    fresh,
    arrived,
    unseen,
    news,
    sort,
    load,
    refresh,
    more,
    setAnchor,
    touch,
    merge,
    patch,
    remove,
    settle,
    saw,
    opened,
    bringNews,
  }
})

function setMember(set: { value: ReadonlySet<string> }, id: string, member: boolean): void {
  if (set.value.has(id) === member) return
  const next = new Set(set.value)
  if (member) next.add(id)
  else next.delete(id)
  set.value = next
}
