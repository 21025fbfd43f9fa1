import { BookOpen, Inbox, LifeBuoy, Radio, Users } from '@lucide/vue'
import { computed } from 'vue'
import type { Permission } from '@/api/session'
import { leads } from '@/router'
import { useSession } from '@/stores/session'

const places = [
  { name: 'inbox', icon: Inbox, needs: 'tickets.read' },
  { name: 'library', icon: BookOpen, needs: 'library.read' },
  { name: 'accounts', icon: Radio, needs: 'accounts.read' },
  { name: 'users', icon: Users, needs: leads },
  { name: 'operations', icon: LifeBuoy, needs: 'operations.manage' },
] as const satisfies readonly { name: string; icon: unknown; needs: Permission | readonly Permission[] }[]

/** The places a person may go. A liaison sees only the inbox. */
export function usePlaces() {
  const session = useSession()
  return computed(() =>
    places.filter(
      (place) =>
        [place.needs].flat().every(session.can) && (session.user?.role !== 'liaison' || place.name === 'inbox'),
    ),
  )
}
