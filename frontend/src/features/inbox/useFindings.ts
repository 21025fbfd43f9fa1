import { onScopeDispose, shallowRef, watch } from 'vue'
import { checkText, type CheckedText } from '@/api/approvals'

/** How long a person pauses before what they wrote is checked. */
const pause = 500

/** What the checks say of a text while it is written; a newer text drops older answers. */
export function useFindings(
  text: () => string,
  where: () => { ticketId: string; entryId: string; draftId: string } | undefined,
) {
  const checked = shallowRef<CheckedText>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let abort: AbortController | undefined

  watch(
    () => [text(), JSON.stringify(where() ?? '')],
    () => {
      clearTimeout(timer)
      abort?.abort()
      checked.value = undefined
      if (text().trim() && where()) timer = setTimeout(() => void check(), pause)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    abort?.abort()
  })

  async function check(): Promise<void> {
    const at = where()
    if (!at) return
    abort = new AbortController()
    const { signal } = abort
    try {
      const found = await checkText(
        at.ticketId,
        {
          text: text(),
          ...(at.entryId ? { entry_id: at.entryId } : {}),
          ...(at.draftId ? { draft_id: at.draftId } : {}),
        },
        signal,
      )
      if (!signal.aborted) checked.value = found
    } catch {
      // Sending checks again: a hint that does not come costs nothing.
    }
  }

  return checked
}
