import { defineStore } from 'pinia'
import { computed, reactive, ref } from 'vue'
import type { Called } from '@/lib/mention'
import { readJson, writeJson } from '@/lib/storage'
import { useSession } from './session'

export type ComposerMode = 'reply' | 'note'

interface Saved {
  reply: string
  note: string
  /** who was chosen to be called in the note */
  called: Called[]
  entryId: string
  /** whose answer the reply is made of */
  escalationId: string
  /** the model's draft that the reply is a changed form of; sending approves it */
  draftId: string
  /** an outdated draft whose words the reply holds: it keeps their mark */
  outdatedId: string
  /** what stood in the reply before that draft */
  aside: string
}

const empty = (): Saved => ({
  reply: '',
  note: '',
  called: [],
  entryId: '',
  escalationId: '',
  draftId: '',
  outdatedId: '',
  aside: '',
})

/** What is being written, kept for each ticket for as long as the browser tab lives. */
export const useComposer = defineStore('composer', () => {
  const session = useSession()
  const ticketId = ref('')
  const mode = ref<ComposerMode>('reply')
  const saved = reactive<Saved>(empty())
  /** counts up when the text field should take the focus */
  const focusWanted = ref(0)
  /** where in the reply the next insert goes; -1 is the end */
  const caret = ref(-1)

  const text = computed({
    get: () => (mode.value === 'reply' ? saved.reply : saved.note),
    set: (value: string) => write(mode.value, value),
  })

  const key = (id: string) => `desk.draft.${session.me}.${id}`

  function open(id: string): void {
    ticketId.value = id
    mode.value = 'reply'
    caret.value = -1
    Object.assign(
      saved,
      empty(),
      readJson<Partial<Saved>>(() => sessionStorage, key(id), {}),
    )
  }

  function write(which: ComposerMode, value: string): void {
    saved[which] = value
    if (which === 'reply' && value.trim() === '') saved.entryId = saved.outdatedId = saved.escalationId = ''
    keep()
  }

  const keep = () => store(ticketId.value, saved)

  function store(id: string, kept: Saved): void {
    const used = kept.reply !== '' || kept.note !== '' || kept.aside !== '' || kept.draftId !== ''
    writeJson(() => sessionStorage, key(id), used ? kept : undefined)
  }

  /** Puts a library answer, or a text that is no entry's, into the reply, at the caret, and asks for the focus. */
  function insert(answer: string, entryId?: string): void {
    mode.value = 'reply'
    const before = saved.reply
    if (before.trim() === '') saved.reply = answer
    else {
      const at = caret.value < 0 ? before.length : Math.min(caret.value, before.length)
      const head = before.slice(0, at)
      const gap = head === '' || head.endsWith('\n') ? '' : '\n'
      saved.reply = head + gap + answer + before.slice(at)
    }
    caret.value = -1
    if (entryId !== undefined) saved.entryId = entryId
    keep()
    focusWanted.value++
  }

  /** Takes a model's draft to be changed; what stood there is put aside. Answers what undoes it. */
  function revise(text: string, draftId: string): () => void {
    mode.value = 'reply'
    const aside = saved.draftId ? saved.aside : saved.reply
    return change({ reply: text, draftId, aside, entryId: '' })
  }

  /** Gives the draft up and brings back what stood there before. Answers what undoes it. */
  const giveUpDraft = (): (() => void) =>
    change({ reply: saved.aside, draftId: '', aside: '', entryId: '' })

  /** What undoes it leaves the note alone, and every other ticket. */
  function change(next: Partial<Saved>): () => void {
    const id = ticketId.value
    const { note: _, called: __, ...before } = saved
    Object.assign(saved, next)
    keep()
    focusWanted.value++
    return () => {
      if (ticketId.value !== id) return
      Object.assign(saved, before)
      keep()
    }
  }

  /** A department's answer becomes the reply. Answers what undoes it. */
  function useAnswer(text: string, escalationId: string): () => void {
    mode.value = 'reply'
    return change({ reply: text, escalationId, entryId: '', draftId: '', outdatedId: '' })
  }

  /** The text stays, to answer what is there now; that a model wrote in it does too. */
  function makeOwn(): void {
    const reply = saved.aside ? `${saved.aside}\n${saved.reply}` : saved.reply
    change({ reply, draftId: '', outdatedId: saved.draftId, aside: '' })
  }

  /** Remembers whom the note calls. */
  function call(called: Called): void {
    saved.called = [...saved.called, called]
    keep()
  }

  function focus(which: ComposerMode): void {
    mode.value = which
    focusWanted.value++
  }

  /** Empties what was sent. If the person has moved on, the kept draft of that ticket. */
  function sent(id: string, which: ComposerMode): void {
    const kept: Saved =
      id === ticketId.value
        ? saved
        : { ...empty(), ...readJson<Partial<Saved>>(() => sessionStorage, key(id), {}) }
    if (which === 'note') Object.assign(kept, { note: '', called: [] })
    else {
      const outdatedId = kept.draftId ? kept.outdatedId : ''
      Object.assign(kept, { reply: kept.aside, entryId: '', escalationId: '', draftId: '', outdatedId, aside: '' })
    }
    store(id, kept)
  }

  return {
    ticketId,
    mode,
    saved,
    text,
    caret,
    focusWanted,
    open,
    insert,
    revise,
    giveUpDraft,
    makeOwn,
    useAnswer,
    call,
    focus,
    sent,
  }
})
