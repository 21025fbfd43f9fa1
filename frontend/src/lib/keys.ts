import { onBeforeUnmount, onMounted } from 'vue'

/** Whether an input method is composing; keyCode 229 is how some browsers say it. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229
}

/** Whether the key press belongs to a field someone types in. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable) return true
  if (target instanceof HTMLInputElement) {
    return !['checkbox', 'radio', 'button', 'submit', 'reset', 'file', 'range'].includes(
      target.type,
    )
  }
  return ['TEXTAREA', 'SELECT'].includes(target.tagName)
}

/** Whether a dialog or a menu holds the keyboard. */
function heldByOverlay(): boolean {
  return document.querySelector('[role="dialog"], [role="menu"], [role="alertdialog"]') !== null
}

export type Shortcut = (event: KeyboardEvent) => unknown

/**
 * Single keys while the component lives: key → action. Off while typing,
 * composing, in a dialog, with a modifier, or when enabled says no. An action
 * that returns false did not want the key.
 */
export function useShortcuts(map: Record<string, Shortcut>, enabled: () => boolean): void {
  const onKey = (event: KeyboardEvent) => {
    const action = map[event.key]
    if (
      !action ||
      event.defaultPrevented ||
      (event.repeat && event.key !== 'j' && event.key !== 'k')
    )
      return
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (!enabled() || isComposing(event) || isTyping(event.target) || heldByOverlay()) return
    if (action(event) !== false) event.preventDefault()
  }
  onMounted(() => document.addEventListener('keydown', onKey))
  onBeforeUnmount(() => document.removeEventListener('keydown', onKey))
}

/** Ctrl or Cmd with a key. */
export function isCommand(event: KeyboardEvent, key: string): boolean {
  return (
    (event.ctrlKey || event.metaKey) &&
    !event.altKey &&
    !event.shiftKey &&
    event.key.toLowerCase() === key.toLowerCase()
  )
}

/** How the command key is called on this machine. */
export const commandKey = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl'
