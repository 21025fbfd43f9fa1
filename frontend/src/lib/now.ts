import { readonly, ref } from 'vue'

// One timer for every clock on the page, corrected by the server's time: a
// desk PC whose clock is minutes off still shows the right countdown.

let offset = 0
const current = ref(Date.now())

/** The server's time in milliseconds, moving on once a second. */
export const now = readonly(current)

export function setServerTime(text: string | undefined): void {
  const server = Date.parse(text ?? '')
  if (Number.isNaN(server)) return
  offset = server - Date.now()
  current.value = Date.now() + offset
}

/** The server's time at this moment, for what must not wait for the next second. */
export function serverNow(): number {
  return Date.now() + offset
}

/** Starts the timer; returns what stops it. Hidden pages do not tick. */
export function startClock(): () => void {
  let timer = 0
  const tick = () => {
    current.value = serverNow()
    // Just after the next full second, so that all chips change together.
    timer = window.setTimeout(tick, 1000 - (serverNow() % 1000) + 5)
  }
  const onVisibility = () => {
    window.clearTimeout(timer)
    if (!document.hidden) tick()
  }
  document.addEventListener('visibilitychange', onVisibility)
  tick()
  return () => {
    window.clearTimeout(timer)
    document.removeEventListener('visibilitychange', onVisibility)
  }
}
