import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { isAbort } from '@/api/client'
import * as api from '@/api/drafts'
import type { Draft } from '@/api/drafts'
import type { ReplyItem } from '@/api/timeline'
import { staleness, type Stale } from '@/lib/proposal'
import { useComposer } from './composer'
import { useSession } from './session'
import { useThread } from './thread'

export type DraftStatus = 'idle' | 'writing' | 'stopped' | 'refused' | 'written'

/** This many drafts that were looked up are kept; they never change. */
const mostKept = 50

/**
 * The model's draft for the open ticket: asked for, coming, there. What came
 * while it was written is a preview; only a written draft, which the thread
 * holds as a reply in review, can be adopted.
 */
export const useDrafts = defineStore('drafts', () => {
  const session = useSession()
  const thread = useThread()
  const composer = useComposer()

  const status = ref<DraftStatus>('idle')
  const ticketId = ref('')
  const text = ref('')
  const draft = shallowRef<Draft>()
  const error = shallowRef<unknown>()
  const known = shallowRef<ReadonlyMap<string, Draft>>(new Map())
  const outdated = shallowRef<ReadonlySet<string>>(new Set())
  let abort: AbortController | undefined
  /** what comes, once the server has told its id */
  let begun = ''
  /** what was stopped before the server had told its id */
  const unwanted = new Set<AbortController>()

  const allowed = computed(() => session.has('drafts') && session.can('tickets.work'))
  const isOpen = computed(() => status.value !== 'idle' && ticketId.value === thread.id)
  /** The shown draft's reply, as the thread has it by now. */
  const reply = computed<ReplyItem | undefined>(() => {
    const made = draft.value?.reply
    return made ? (find(made.id) ?? made) : undefined
  })
  /** What the panel shows, so that the thread need not. */
  const shown = computed(() => (isOpen.value ? (reply.value?.id ?? '') : ''))

  function find(replyId: string): ReplyItem | undefined {
    const item = thread.items.find((other) => other.type === 'reply' && other.id === replyId)
    return item?.type === 'reply' ? item : undefined
  }

  /** Why a proposal can no longer be adopted. */
  const stale = (proposal: ReplyItem): Stale | undefined =>
    staleness(proposal, thread.items) ??
    (proposal.draft_id && outdated.value.has(proposal.draft_id) ? 'ground' : undefined)

  /** The server has refused this draft as out of date. */
  function outdate(draftId: string): void {
    outdated.value = new Set([...outdated.value, draftId].slice(-mostKept))
  }

  /** Why the draft that is being changed in the composer can no longer be adopted. */
  const staleInComposer = computed<Stale | undefined>(() => {
    const { draftId } = composer.saved
    if (!draftId) return undefined
    const made = thread.items.findLast((item) => item.type === 'reply' && item.draft_id === draftId)
    return made?.type === 'reply' ? stale(made) : undefined
  })

  /** Asks the model for the open ticket. A draft before it is left to the thread. */
  async function ask(): Promise<void> {
    if (!allowed.value || !thread.id) return
    close()
    const mine = (abort = new AbortController())
    begun = ''
    ticketId.value = thread.id
    status.value = 'writing'
    try {
      const made = await api.writeDraft(
        thread.id,
        (id) => {
          if (unwanted.delete(mine)) void end(mine, id)
          else if (abort === mine) begun = id
        },
        (piece) => {
          if (abort === mine) text.value += piece
        },
        mine.signal,
      )
      keep(made)
      thread.touch(ticketId.value)
      if (abort !== mine) return
      draft.value = made
      text.value = made.text
      status.value = 'written'
    } catch (failure) {
      if (abort !== mine || isAbort(failure)) return
      text.value = ''
      error.value = failure
      status.value = 'refused'
      thread.touch(ticketId.value)
    }
  }

  /** Ends the writing. What came was never verified: it goes. */
  function stop(): void {
    if (status.value !== 'writing') return
    halt()
    text.value = ''
    status.value = 'stopped'
  }

  /**
   * Takes back what is being written. The model may be done before it hears of
   * it: only the server can say that nothing waits for approval.
   */
  function halt(): void {
    const mine = abort
    abort = undefined
    if (!mine) return
    if (begun) void end(mine, begun)
    else unwanted.add(mine)
  }

  async function end(mine: AbortController, id: string): Promise<void> {
    const ticket = ticketId.value
    mine.abort()
    // Where it could not be stopped the thread shows what waits.
    await api.stopDraft(id).catch(() => undefined)
    thread.touch(ticket)
  }

  /** One step back: what still comes is stopped, what is there is put away. */
  function back(): void {
    if (status.value === 'writing') stop()
    else close()
  }

  /** Puts the panel away and stops what still comes. A written draft stays in the thread. */
  function close(): void {
    if (status.value === 'writing') halt()
    abort = undefined
    status.value = 'idle'
    ticketId.value = text.value = ''
    draft.value = error.value = undefined
  }

  /** The draft behind a reply, asked for once. */
  async function load(id: string): Promise<Draft> {
    const had = known.value.get(id)
    if (had) return had
    const found = await api.getDraft(id)
    keep(found)
    return found
  }

  function keep(found: Draft): void {
    const next = new Map(known.value).set(found.id, found)
    const oldest = next.keys().next().value
    if (next.size > mostKept && oldest !== undefined) next.delete(oldest)
    known.value = next
  }

  return {
    status,
    ticketId,
    text,
    draft,
    error,
    allowed,
    isOpen,
    reply,
    shown,
    staleInComposer,
    stale,
    outdate,
    ask,
    stop,
    back,
    close,
    load,
  }
})
