import { onBeforeUnmount } from 'vue'
import { onBeforeRouteLeave, onBeforeRouteUpdate } from 'vue-router'

/** Asks before a form with unsaved changes is left, in the page and by the browser. */
export function guardLeave(dirty: () => boolean, question: () => string): void {
  const ask = () => !dirty() || window.confirm(question())
  onBeforeRouteLeave(ask)
  onBeforeRouteUpdate(ask)
  const onUnload = (event: BeforeUnloadEvent) => {
    if (dirty()) event.preventDefault()
  }
  window.addEventListener('beforeunload', onUnload)
  onBeforeUnmount(() => window.removeEventListener('beforeunload', onUnload))
}
