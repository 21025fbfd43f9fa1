import type { Notice } from '@/api/notices'

/** How many notices pop up at once: after a night away there may be hundreds. */
const atMost = 3

/** Of the notices read, those the browser is to show: wanted, unread, the newest few, the oldest first. */
export function settled(items: readonly Notice[], wanted: ReadonlySet<string>): Notice[] {
  return items
    .filter((notice) => wanted.has(notice.id) && !notice.read_at)
    .slice(0, atMost)
    .toReversed()
}

export type Permission = 'unsupported' | NotificationPermission

export const permission = (): Permission =>
  'Notification' in window ? Notification.permission : 'unsupported'

/** Asks the person; only ever because they switched it on. */
export async function askPermission(): Promise<Permission> {
  if (permission() !== 'default') return permission()
  return Notification.requestPermission()
}

/** Shows a notice outside the page, unless the person looks at the page. */
export function popUp(title: string, body: string, id: string, opened: () => void): boolean {
  if (permission() !== 'granted' || document.hasFocus()) return false
  // Several tabs of the desk say the same: the browser shows one.
  const popup = new Notification(title, { body, tag: `desk-notice-${id}`, icon: '/icon.svg' })
  popup.onclick = () => {
    window.focus()
    popup.close()
    opened()
  }
  return true
}
