import { onBeforeUnmount, watch, type Ref } from 'vue'
import { useComposer } from '@/stores/composer'
import { useLive } from '@/stores/live'

/** The server forgets a viewer who is silent for twice as long. */
const againEvery = 10_000
const typingAtMostEvery = 3_000
const typingHolds = 6_000

/** Tells colleagues that this ticket is being looked at or written in. */
export function usePresenceOf(id: Ref<string>): void {
  const live = useLive()
  const composer = useComposer()
  let typedAt = 0
  let toldTyping = 0
  let rest: ReturnType<typeof setTimeout> | undefined

  const looking = () => id.value !== '' && !document.hidden

  function tell(): void {
    if (!looking()) return
    live.tell(id.value, Date.now() - typedAt < typingHolds ? 'typing' : 'viewing')
  }

  watch(
    id,
    (next, before) => {
      clearTimeout(rest)
      typedAt = toldTyping = 0
      if (before) live.tell(before, 'gone')
      if (next) tell()
    },
    { immediate: true },
  )
  // A new connection knows nothing of us.
  watch(() => live.welcomes, tell)
  watch(
    () => [composer.ticketId, composer.text] as const,
    ([ticket, text], [before]) => {
      // Opening a kept draft is not typing.
      if (ticket !== before || ticket !== id.value) return
      if (!text) {
        // Sent or given up: that is said at once.
        typedAt = toldTyping = 0
        clearTimeout(rest)
        tell()
        return
      }
      typedAt = Date.now()
      clearTimeout(rest)
      rest = setTimeout(tell, typingHolds + 50)
      if (typedAt - toldTyping < typingAtMostEvery) return
      toldTyping = typedAt
      tell()
    },
  )

  const timer = setInterval(tell, againEvery)
  document.addEventListener('visibilitychange', tell)
  onBeforeUnmount(() => {
    clearInterval(timer)
    clearTimeout(rest)
    document.removeEventListener('visibilitychange', tell)
    if (id.value) live.tell(id.value, 'gone')
  })
}
