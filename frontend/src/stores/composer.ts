import { defineStore } from 'pinia'
import { computed, reactive, ref } from 'vue'
import { readJson, writeJson } from '@/lib/storage'
import { useSession } from './session'

export type ComposerMode = 'reply' | 'note'

interface Saved {
  reply: string
  note: string
  entryId: string
}

const empty = (): Saved => ({ reply: '', note: '', entryId: '' })

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
    if (which === 'reply' && value.trim() === '') saved.entryId = ''
    keep()
  }

  function keep(): void {
    const used = saved.reply !== '' || saved.note !== ''
    writeJson(() => sessionStorage, key(ticketId.value), used ? saved : undefined)
  }

  /** Puts a library answer into the reply, at the caret, and asks for the focus. */
  function insert(answer: string, entryId: string): void {
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
    saved.entryId = entryId
    keep()
    focusWanted.value++
  }

  function focus(which: ComposerMode): void {
    mode.value = which
    focusWanted.value++
  }

  /** Empties what was sent. If the person has moved on, the kept draft of that ticket. */
  function sent(id: string, which: ComposerMode): void {
    if (id === ticketId.value) write(which, '')
    else {
      const other = { ...empty(), ...readJson<Partial<Saved>>(() => sessionStorage, key(id), {}) }
      other[which] = ''
      const used = other.reply !== '' || other.note !== ''
      writeJson(() => sessionStorage, key(id), used ? other : undefined)
    }
  }

  return { ticketId, mode, saved, text, caret, focusWanted, open, insert, focus, sent }
})
