import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { ApiError, isAbort } from '@/api/client'
import { suggestionsFor, type Suggestion } from '@/api/faq'
import { getTicket, markRead, type Ticket } from '@/api/tickets'
import * as api from '@/api/timeline'
import type { NoteItem, TimelineItem } from '@/api/timeline'
import { Batch } from '@/lib/batch'
import { isProposal } from '@/lib/proposal'
import { itemKey, newSince } from '@/lib/story'
import { useSession } from './session'
import { useTickets } from './tickets'

type Status = 'idle' | 'loading' | 'ready' | 'error'

/**
 * The ticket that is open: its timeline, its suggestions, and what the person
 * has seen of it. seenEvent moves on with what is shown, but not past news
 * that came while a reply was being written: then the server must refuse until
 * the person has said that it was read.
 */
export const useThread = defineStore('thread', () => {
  const session = useSession()
  const tickets = useTickets()

  const id = ref('')
  const ticket = shallowRef<Ticket>()
  const items = shallowRef<TimelineItem[]>([])
  const status = ref<Status>('idle')
  const error = shallowRef<unknown>()
  const suggestions = shallowRef<Suggestion[]>([])
  const suggestionStatus = ref<Status>('idle')
  const suggestionError = shallowRef<unknown>()
  /** what came while a reply was being written and was not confirmed as read */
  const moved = shallowRef<TimelineItem[]>([])
  const writing = ref(false)
  const lastEvent = ref(0)
  const seenEvent = ref(0)
  let known: ReadonlySet<string> = new Set()
  let generation = 0
  let abort: AbortController | undefined
  const changes = new Batch(() => void reload())

  async function open(next: string): Promise<void> {
    if (id.value === next && status.value === 'ready') return
    reset(next)
    if (!next) return
    const mine = generation
    const signal = abort!.signal
    status.value = 'loading'
    // The row of the list already tells most of the head.
    ticket.value = tickets.items.find((item) => item.id === next)
    void loadSuggestions(mine)
    try {
      const [head, timeline] = await Promise.all([
        getTicket(next, signal),
        api.getTimeline(next, signal),
      ])
      if (mine !== generation) return
      take(head, timeline)
      status.value = 'ready'
    } catch (failure) {
      if (mine !== generation || isAbort(failure)) return
      error.value = failure
      status.value = 'error'
    }
  }

  function reset(next: string): void {
    generation++
    abort?.abort()
    abort = new AbortController()
    changes.clear()
    id.value = next
    ticket.value = undefined
    items.value = []
    moved.value = []
    writing.value = false
    known = new Set()
    lastEvent.value = seenEvent.value = 0
    status.value = suggestionStatus.value = 'idle'
    suggestions.value = []
  }

  async function loadSuggestions(mine: number): Promise<void> {
    if (!session.can('tickets.work')) return
    suggestionStatus.value = 'loading'
    try {
      const found = await suggestionsFor(id.value, abort!.signal)
      if (mine !== generation) return
      suggestions.value = found.items
      suggestionStatus.value = 'ready'
    } catch (failure) {
      if (mine !== generation || isAbort(failure)) return
      suggestionError.value = failure
      suggestionStatus.value = 'error'
    }
  }

  const retrySuggestions = () => loadSuggestions(generation)

  /** Asks for head and timeline again, keeping what is shown meanwhile. */
  async function reload(): Promise<void> {
    if (!id.value || status.value === 'loading') return
    const mine = generation
    try {
      const [head, timeline] = await Promise.all([
        getTicket(id.value, abort!.signal),
        api.getTimeline(id.value, abort!.signal),
      ])
      if (mine !== generation) return
      const messages = countMessages(items.value)
      take(head, timeline)
      if (status.value === 'error') status.value = 'ready'
      if (countMessages(items.value) !== messages) void loadSuggestions(mine)
    } catch (failure) {
      if (mine !== generation || isAbort(failure)) return
      if (failure instanceof ApiError && failure.code === 'not_found') {
        error.value = failure
        status.value = 'error'
      }
    }
  }

  /** Retries a load that failed. */
  async function retry(): Promise<void> {
    const wanted = id.value
    reset('')
    await open(wanted)
  }

  function take(head: Ticket, timeline: api.Timeline): void {
    // Two answers may cross: an older one never replaces a newer one.
    if (timeline.last_event < lastEvent.value) return
    const news = known.size === 0 ? [] : newSince(timeline.items, known).filter(isNews)
    ticket.value = head
    items.value = timeline.items
    lastEvent.value = timeline.last_event
    if (writing.value && (news.length > 0 || moved.value.length > 0)) {
      moved.value = [...moved.value, ...news]
    } else {
      seenEvent.value = timeline.last_event
    }
    // A model's text becomes news when a colleague lets it out.
    known = new Set(timeline.items.filter((item) => !isProposal(item)).map(itemKey))
    tickets.merge(head)
    void read()
  }

  /** News are what may change an answer: the citizen's words and what others did. */
  function isNews(item: TimelineItem): boolean {
    if (item.type === 'message') return true
    if (item.type === 'reply') {
      if (item.origin !== 'llm') return item.author?.id !== session.me
      return ['approved', 'sending', 'sent'].includes(item.state) && item.reviewer?.id !== session.me
    }
    return item.type === 'event' && moving.has(item.name) && item.actor?.id !== session.me
  }

  async function read(): Promise<void> {
    const head = ticket.value
    if (!head?.unread || document.hidden) return
    ticket.value = { ...head, unread: false }
    tickets.patch(head.id, { unread: false })
    try {
      await markRead(head.id, lastEvent.value)
    } catch {
      // It stays unread on the server and shows so at the next load.
    }
  }

  /** An event said that this ticket changed. */
  function touch(ticketId: string): void {
    if (ticketId === id.value) changes.add(ticketId)
  }

  /** Takes a newer head, as an action's answer. */
  function merge(head: Ticket): void {
    if (head.id !== id.value) return
    // Only GET /tickets/{id} tells window and limits.
    const { window, limits } = ticket.value ?? {}
    ticket.value = { window, limits, ...head }
  }

  function patch(ticketId: string, change: Partial<Ticket>): void {
    if (ticketId === id.value && ticket.value) ticket.value = { ...ticket.value, ...change }
  }

  /** The composer says whether a reply is being written. */
  function setWriting(on: boolean): void {
    writing.value = on
    if (!on) confirmMoved()
  }

  /** The person has read what came. */
  function confirmMoved(): void {
    moved.value = []
    seenEvent.value = lastEvent.value
  }

  /**
   * Sends a reply. On "thread moved" the news are loaded into moved and the
   * error is thrown on; nothing was sent then. When all that moved is known to
   * the person (an own reply that left meanwhile) it is sent again by itself.
   */
  async function send(reply: Omit<api.NewReply, 'seen_event'>): Promise<void> {
    const mine = generation
    const ticketId = id.value
    const attempt = () => api.sendReply(ticketId, { ...reply, seen_event: seenEvent.value })
    let item: api.ReplyItem
    try {
      item = await attempt()
    } catch (failure) {
      if (!isMoved(failure) || mine !== generation) throw failure
      writing.value = true
      await reload()
      if (moved.value.length > 0 || mine !== generation) throw failure
      item = await attempt()
    }
    if (mine === generation) adopt(item)
    touch(ticketId)
  }

  async function note(text: string, mentions: NoteItem['mentions'] = []): Promise<void> {
    const mine = generation
    const item = await api.addNote(id.value, text, mentions)
    if (mine === generation) adopt(item)
    touch(id.value)
  }

  /** Shows an item of our own before the next timeline brings it. */
  function adopt(item: TimelineItem): void {
    const key = itemKey(item)
    const index = items.value.findIndex((other) => itemKey(other) === key)
    items.value = index < 0 ? [...items.value, item] : items.value.with(index, item)
    known = new Set([...known, key])
  }

  async function reviewed(work: Promise<api.ReplyItem>): Promise<void> {
    const mine = generation
    const item = await work
    if (mine === generation) adopt(item)
    touch(id.value)
  }

  const approve = (replyId: string, confirmed = false) =>
    reviewed(api.approveReply(replyId, confirmed))
  const reject = (replyId: string, reason: string) => reviewed(api.rejectReply(replyId, reason))
  const resend = (replyId: string, confirmed: boolean) =>
    reviewed(api.resendReply(replyId, confirmed))
  const cancel = (replyId: string) => reviewed(api.cancelReply(replyId))
  const confirmSent = (replyId: string) => reviewed(api.confirmReply(replyId))

  const isReady = computed(() => status.value === 'ready' && ticket.value !== undefined)

  return {
    id,
    ticket,
    items,
    status,
    error,
    suggestions,
    suggestionStatus,
    suggestionError,
    moved,
    lastEvent,
    seenEvent,
    isReady,
    open,
    reload,
    retry,
    retrySuggestions,
    read,
    touch,
    merge,
    patch,
    setWriting,
    confirmMoved,
    send,
    note,
    approve,
    reject,
    resend,
    cancel,
    confirmSent,
  }
})

/** Marks that change whether a reply is still wanted. */
const moving = new Set([
  'escalation.dispatched',
  'escalation.answered',
  'ticket.closed',
  'ticket.ignored',
  'ticket.reopened',
  'ticket.restored',
])

const isMoved = (failure: unknown): boolean =>
  failure instanceof ApiError && failure.reason === 'thread_moved'

const countMessages = (items: readonly TimelineItem[]): number =>
  items.reduce((n, item) => n + (item.type === 'message' ? 1 : 0), 0)
