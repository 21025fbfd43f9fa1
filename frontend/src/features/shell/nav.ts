import {
  BookOpen,
  Building2,
  ChartColumn,
  ClipboardList,
  Gauge,
  Inbox,
  LifeBuoy,
  MessageCircleHeart,
  Radio,
  ScrollText,
  Send,
  ShieldCheck,
  SpellCheck,
  Users,
  UsersRound,
} from '@lucide/vue'
import { computed } from 'vue'
import type { Permission } from '@/api/session'
import { leads } from '@/router'
import { useSession } from '@/stores/session'

interface Place {
  name: string
  icon: unknown
  needs: Permission | readonly Permission[]
  /** where the desk is set up and looked after, not where people write */
  manages?: boolean
}

const places: readonly Place[] = [
  { name: 'inbox', icon: Inbox, needs: 'tickets.read' },
  { name: 'escalations', icon: Send, needs: 'tickets.work' },
  { name: 'approvals', icon: ShieldCheck, needs: 'replies.approve' },
  { name: 'followUps', icon: MessageCircleHeart, needs: 'ratings.follow_up' },
  { name: 'liaison', icon: ClipboardList, needs: 'escalations.answer' },
  { name: 'library', icon: BookOpen, needs: 'library.read' },
  { name: 'board', icon: Gauge, needs: 'reports.read' },
  { name: 'reports', icon: ChartColumn, needs: 'reports.read' },
  { name: 'accounts', icon: Radio, needs: 'accounts.read', manages: true },
  { name: 'users', icon: Users, needs: leads, manages: true },
  { name: 'teams', icon: UsersRound, needs: 'teams.manage', manages: true },
  { name: 'departments', icon: Building2, needs: 'departments.manage', manages: true },
  { name: 'rules', icon: SpellCheck, needs: 'policies.manage', manages: true },
  { name: 'audit', icon: ScrollText, needs: 'audit.read', manages: true },
  { name: 'operations', icon: LifeBuoy, needs: 'operations.manage', manages: true },
]

/** The places a person may go, those of daily work first. A liaison has one, what the department was given. */
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
