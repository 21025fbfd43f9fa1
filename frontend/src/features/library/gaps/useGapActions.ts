import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { draftGap, ignoreGap, linkGap, reopenGap, type Gap } from '@/api/gaps'
import type { Entry } from '@/api/faq'
import { errorText } from '@/lib/errors'
import { useToasts } from '@/stores/toasts'

/**
 * What an editor does with a gap. Each says that it is done, with an undo, or
 * why it is not; changed runs after every change, undone ones included.
 */
export function useGapActions(changed: () => void) {
  const { t, te } = useI18n()
  const toasts = useToasts()
  const busy = ref(false)

  async function run<T>(call: () => Promise<T>): Promise<{ value: T } | undefined> {
    if (busy.value) return undefined
    busy.value = true
    try {
      const value = await call()
      changed()
      return { value }
    } catch (error) {
      toasts.fail(errorText(error, t, te))
      return undefined
    } finally {
      busy.value = false
    }
  }

  const undone = (call: () => Promise<unknown>) => async () => void (await run(call))

  /** Puts a gap back to how it was when it was read. */
  function back(gap: Gap): () => Promise<unknown> {
    if (gap.entry) return () => linkGap(gap.id, gap.entry!.id)
    if (gap.state === 'ignored') return () => ignoreGap(gap.id, gap.reason ?? '')
    return () => reopenGap(gap.id)
  }

  async function done(gap: Gap, text: string, call: () => Promise<unknown>): Promise<boolean> {
    const went = (await run(call)) !== undefined
    if (went) toasts.say(text, undone(back(gap)))
    return went
  }

  return {
    busy,
    ignore: (gap: Gap, reason: string) =>
      done(gap, t('gaps.ignored'), () => ignoreGap(gap.id, reason)),
    reopen: (gap: Gap) => done(gap, t('gaps.reopened'), () => reopenGap(gap.id)),
    link: (gap: Gap, entryId: string) =>
      done(gap, t('gaps.linked'), () => linkGap(gap.id, entryId)),
    /** The entry that was made, or undefined. */
    draft: async (gap: Gap): Promise<Entry | undefined> =>
      (await run(() => draftGap(gap.id)))?.value,
  }
}
