import { ref, shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'
import { errorText } from '@/lib/errors'
import { useResource } from '@/lib/resource'
import { useToasts } from '@/stores/toasts'

/** A list of rules, the dialog of one of them, and what is done to them. */
export function useRules<T>(read: (signal?: AbortSignal) => Promise<T[]>) {
  const { t, te } = useI18n()
  const toasts = useToasts()
  const list = useResource(read)
  void list.load()
  const open = ref(false)
  const edited = shallowRef<T>()

  /** Opens the dialog, for a new rule when none is given. */
  function edit(rule?: T): void {
    edited.value = rule
    open.value = true
  }

  /** Does something to the rules and reads them again; false when it was refused. */
  async function act(doIt: () => Promise<unknown>): Promise<boolean> {
    try {
      await doIt()
      return true
    } catch (error) {
      toasts.fail(errorText(error, t, te))
      return false
    } finally {
      void list.load()
    }
  }

  /** Removes a rule and offers to put it back. */
  async function remove(take: () => Promise<unknown>, back: () => Promise<unknown>, said: string): Promise<void> {
    if (!(await act(take))) return
    toasts.say(said, async () => {
      await act(back)
    })
  }

  return { list, open, edited, edit, act, remove }
}
