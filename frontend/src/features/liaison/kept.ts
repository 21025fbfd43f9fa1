import { reactive } from 'vue'
import { readJson, writeJson } from '@/lib/storage'

/** What a liaison wrote for one escalation and the desk has not got yet. */
export interface Kept {
  answer: string
  /** why it is given back */
  return: string
  /** why more time is needed, and until when (local, as a date field has it) */
  extend: string
  until: string
}

const empty = (): Kept => ({ answer: '', return: '', extend: '', until: '' })
const key = (person: string, id: string) => `desk.escalation.${person}.${id}`

function read(person: string, id: string): Kept {
  return { ...empty(), ...readJson<Partial<Kept>>(() => localStorage, key(person, id), {}) }
}

/** Whether the browser holds words for it that were not sent. */
export const holds = (person: string, id: string): boolean =>
  Object.values(read(person, id)).some((text) => text.trim() !== '')

/**
 * The words of one person for one escalation. They outlive the page and the
 * browser; only what was sent, or is thrown away, goes.
 */
export function useKept(person: string, id: string) {
  const words = reactive(read(person, id))

  function keep(): void {
    const used = Object.values(words).some((text) => text.trim() !== '')
    writeJson(() => localStorage, key(person, id), used ? words : undefined)
  }

  function set(name: keyof Kept, text: string): void {
    words[name] = text
    keep()
  }

  /** Lets go of what has arrived; more time was asked for with its date. */
  function drop(...names: (keyof Kept)[]): void {
    for (const name of names) words[name] = ''
    keep()
  }

  return { words, set, drop }
}
