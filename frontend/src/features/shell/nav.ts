import { BookOpen, Inbox, LifeBuoy, Radio, Users } from '@lucide/vue'
import { computed } from 'vue'
import type { Permission } from '@/api/session'
import { useSession } from '@/stores/session'

const places = [
  { name: 'inbox', icon: Inbox, needs: 'tickets.read' },
  { name: 'library', icon: BookOpen, needs: 'library.read' },
  { name: 'accounts', icon: Radio, needs: 'accounts.read' },
  { name: 'users', icon: Users, needs: 'users.manage' },
  { name: 'operations', icon: LifeBuoy, needs: 'operations.manage' },
] as const satisfies readonly { name: string; icon: unknown; needs: Permission }[]

/** The places a person may go. A liaison sees only the inbox. */
export function usePlaces() {
  const session = useSession()
  return computed(() =>
    places.filter(
      (place) =>
        session.can(place.needs) && (session.user?.role !== 'liaison' || place.name === 'inbox'),
    ),
  )
}
