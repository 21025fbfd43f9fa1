import {
  BookOpen,
  Building2,
  ChartColumn,
  ClipboardList,
  Inbox,
  LifeBuoy,
  Radio,
  ScrollText,
  ShieldCheck,
  SpellCheck,
  Users,
} from '@lucide/vue'
import { computed } from 'vue'
import type { Permission } from '@/api/session'
import { leads } from '@/router'
import { useSession } from '@/stores/session'

interface Place {
  name: string
  icon: unknown
  needs: Permission | readonly Permission[]
}

const places = [
  { name: 'inbox', icon: Inbox, needs: 'tickets.read' },
  { name: 'approvals', icon: ShieldCheck, needs: 'replies.approve' },
  { name: 'liaison', icon: ClipboardList, needs: 'escalations.answer' },
  { name: 'library', icon: BookOpen, needs: 'library.read' },
  { name: 'accounts', icon: Radio, needs: 'accounts.read' },
  { name: 'users', icon: Users, needs: leads },
  { name: 'departments', icon: Building2, needs: 'departments.manage' },
  { name: 'reports', icon: ChartColumn, needs: 'reports.read' },
  { name: 'rules', icon: SpellCheck, needs: 'policies.manage' },
  { name: 'audit', icon: ScrollText, needs: 'audit.read' },
  { name: 'operations', icon: LifeBuoy, needs: 'operations.manage' },
] as const satisfies readonly Place[]

/** The places a person may go. A liaison has one, what the department was given. */
export function usePlaces() {
  const session = useSession()
  return computed(() =>
    places.filter(
      (place) =>
        [place.needs].flat().every(session.can) &&
        (session.user?.role !== 'liaison' || place.name === 'liaison'),
    ),
  )
}
