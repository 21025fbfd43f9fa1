import { onScopeDispose, ref, shallowRef, watch } from 'vue'
import { isAbort } from '@/api/client'
import { previewEntry, type EntryContent, type EntryPreview } from '@/api/faq'

const wait = 200

/**
 * What citizens get of a text, from the server that sends it, soon after every
 * change of the text or of the account. What was told last stays until then.
 */
export function usePreview(content: () => EntryContent, account: () => string) {
  const preview = shallowRef<EntryPreview>()
  const failed = ref(false)
  let abort: AbortController | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  async function load(): Promise<void> {
    abort?.abort()
    abort = new AbortController()
    const { signal } = abort
    try {
      const next = await previewEntry(content(), account(), signal)
      if (signal.aborted) return
      preview.value = next
      failed.value = false
    } catch (error) {
      if (isAbort(error) || signal.aborted) return
      failed.value = true
    }
  }

  watch(
    () => {
      const { question, answer, service_link, department } = content()
      return [question, answer, service_link, department, account()].join('\n')
    },
    () => {
      clearTimeout(timer)
      timer = setTimeout(() => void load(), preview.value ? wait : 0)
    },
    { immediate: true },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    abort?.abort()
  })

  return { preview, failed, load }
}
