import { computed, nextTick, ref, watch, type Ref } from 'vue'
import { asked, mentionsIn, type Called } from '@/lib/mention'
import { useComposer } from '@/stores/composer'

/** What the list of whom a note may call gives the field. */
interface List {
  key: (event: KeyboardEvent) => boolean
  id: string
  active?: string
}

/** Calling people in a note: what is typed behind an @, and whose name takes its place. */
export function useMentions(area: Readonly<Ref<HTMLTextAreaElement | null>>, list: Readonly<Ref<List | null>>) {
  const composer = useComposer()
  const asking = ref<{ from: number; query: string }>()
  const closed = ref(false)
  const noting = computed(() => composer.mode === 'note')
  const open = computed(() => noting.value && !closed.value && asking.value !== undefined)

  function look(): void {
    const element = area.value
    const next = noting.value && element ? asked(element.value, element.selectionStart) : undefined
    // Escape closes the list for this @, not for the next one.
    if (next?.from !== asking.value?.from) closed.value = false
    asking.value = next
  }
  watch([() => composer.text, noting], () => void nextTick(look))

  async function choose(called: Called): Promise<void> {
    const element = area.value
    const at = asking.value
    if (!element || !at) return
    const before = `${element.value.slice(0, at.from)}@${called.name} `
    composer.text = before + element.value.slice(at.from + 1 + at.query.length)
    composer.call(called)
    asking.value = undefined
    await nextTick()
    element.focus()
    element.setSelectionRange(before.length, before.length)
  }

  return {
    open,
    query: computed(() => asking.value?.query ?? ''),
    look,
    choose,
    close: () => (closed.value = true),
    /** Takes a key of the field; true when it was one for the list. */
    key: (event: KeyboardEvent) => open.value && (list.value?.key(event) ?? false),
    /** The mentions of a note as it is sent. */
    of: (text: string) => mentionsIn(text, composer.saved.called),
    aria: computed(() =>
      noting.value
        ? {
            'aria-autocomplete': 'list' as const,
            'aria-controls': open.value ? list.value?.id : undefined,
            'aria-activedescendant': open.value ? list.value?.active : undefined,
          }
        : {},
    ),
  }
}
