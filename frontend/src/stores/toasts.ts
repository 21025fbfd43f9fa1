import { defineStore } from 'pinia'
import { ref } from 'vue'

export interface Toast {
  id: number
  tone: 'plain' | 'error'
  text: string
  undo?: () => void | Promise<void>
}

const shownFor = { plain: 6_000, undo: 9_000, error: 12_000 }
const atMost = 3

/** Short messages at the edge of the screen; the newest with an undo answers the key u. */
export const useToasts = defineStore('toasts', () => {
  const items = ref<Toast[]>([])
  let next = 1

  function show(toast: Omit<Toast, 'id'>): void {
    const id = next++
    items.value = [...items.value, { ...toast, id }].slice(-atMost)
    const time =
      toast.tone === 'error' ? shownFor.error : toast.undo ? shownFor.undo : shownFor.plain
    window.setTimeout(() => dismiss(id), time)
  }

  const say = (text: string, undo?: Toast['undo']) => show({ tone: 'plain', text, undo })
  const fail = (text: string) => show({ tone: 'error', text })

  function dismiss(id: number): void {
    items.value = items.value.filter((toast) => toast.id !== id)
  }

  /** Runs the newest undo; false when there is none. */
  function undoLast(): boolean {
    const toast = items.value.findLast((item) => item.undo)
    if (!toast) return false
    dismiss(toast.id)
    void toast.undo?.()
    return true
  }

  return { items, say, fail, dismiss, undoLast }
})
