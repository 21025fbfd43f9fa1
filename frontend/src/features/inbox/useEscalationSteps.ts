import { ref } from 'vue'
import { useI18n } from 'vue-i18n'
import * as api from '@/api/escalations'
import type { Escalation } from '@/api/escalations'
import { errorText } from '@/lib/errors'
import { useSession } from '@/stores/session'
import { useToasts } from '@/stores/toasts'

const withReason = {
  refuse: api.refuse,
  decline: api.decline,
  rework: api.rework,
  withdraw: api.withdraw,
  supervise: api.supervise,
}
const atOnce = { agree: api.agree, grant: api.grant, urge: api.urge }

/** Steps that are asked why. */
export type Asked = keyof typeof withReason

export const isOver = ({ state }: Escalation): boolean =>
  ['returned', 'withdrawn', 'accepted'].includes(state)

/** Whether the department owes an answer, or a word of the desk is awaited on it. */
export const isOwed = ({ state }: Escalation): boolean =>
  ['dispatched', 'signed', 'returning'].includes(state)

export const asksTime = ({ state, extension }: Escalation): boolean =>
  state === 'signed' && extension?.state === 'asked'

/** What the desk may do with an escalation now, what it is most likely to do first. */
export function useDeskSteps() {
  const session = useSession()
  return (escalation: Escalation): string[] => {
    if (!session.can('tickets.work') || isOver(escalation)) return []
    const found: string[] = []
    if (escalation.state === 'answered') found.push('use', 'rework')
    if (escalation.state === 'returning') found.push('agree', 'refuse')
    if (asksTime(escalation)) found.push('grant', 'decline')
    if (isOwed(escalation)) found.push('urge', 'withdraw')
    if (session.can('escalations.supervise')) found.push('supervise')
    found.push('links')
    return found
  }
}

/** Takes a step, asking why where that is needed; done runs when it was taken. */
export function useEscalationSteps(done: (escalation: Escalation) => Promise<void>) {
  const { t, te } = useI18n()
  const toasts = useToasts()
  const busy = ref('')
  const asking = ref<{ about: Escalation; what: Asked }>()
  const open = ref(false)

  async function run(about: Escalation, work: () => Promise<Escalation>): Promise<boolean> {
    if (busy.value) return false
    busy.value = about.id
    try {
      await done(await work())
      return true
    } catch (error) {
      toasts.fail(errorText(error, t, te))
      return false
    } finally {
      busy.value = ''
    }
  }

  function take(about: Escalation, what: string): void {
    if (what in atOnce) void run(about, () => atOnce[what as keyof typeof atOnce](about.id))
    else {
      asking.value = { about, what: what as Asked }
      open.value = true
    }
  }

  async function give(reason: string): Promise<void> {
    const asked = asking.value
    if (!asked) return
    if (await run(asked.about, () => withReason[asked.what](asked.about.id, reason)))
      open.value = false
  }

  return { busy, asking, open, take, give }
}
