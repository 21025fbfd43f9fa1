import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { PresenceFrame } from '@/live/socket'
import { useSession } from './session'

export interface Viewer {
  id: string
  name: string
  state: 'viewing' | 'typing'
}

/**
 * Who else looks at or writes in which ticket. The server says when someone
 * comes, types and goes (also by silence); nothing is stored.
 */
export const usePresence = defineStore('presence', () => {
  const session = useSession()
  const byTicket = shallowRef<ReadonlyMap<string, readonly Viewer[]>>(new Map())

  function receive(frame: PresenceFrame): void {
    const user = frame.user
    if (!user || user.id === session.me) return
    const others = viewers(frame.ticket_id).filter((viewer) => viewer.id !== user.id)
    const next = new Map(byTicket.value)
    if (frame.state === 'gone') next.set(frame.ticket_id, others)
    else next.set(frame.ticket_id, [...others, { ...user, state: frame.state }])
    byTicket.value = next
  }

  const viewers = (ticketId: string): readonly Viewer[] => byTicket.value.get(ticketId) ?? []

  /** A lost connection knows nothing of anybody. */
  function clear(): void {
    byTicket.value = new Map()
  }

  return { receive, viewers, clear }
})
