import { defineStore } from 'pinia'
import { ref } from 'vue'
import { setServerTime } from '@/lib/now'
import { dispatch, type EventActions } from '@/live/events'
import { liveUrl, LiveSocket, type ConnectionState, type PresenceState } from '@/live/socket'
import { useCounts } from './counts'
import { useDirectory } from './directory'
import { useNotices } from './notices'
import { usePresence } from './presence'
import { useSession } from './session'
import { useThread } from './thread'
import { useTickets } from './tickets'
import { useViews } from './views'
import { useWorkload } from './workload'

/** The connection and where its news go. */
export const useLive = defineStore('live', () => {
  const state = ref<ConnectionState>('connecting')
  /** counts up when a ticket, the library, the accounts, the users or dead work changed */
  const ticks = ref({ tickets: 0, library: 0, reviews: 0, accounts: 0, users: 0, operations: 0, senders: 0, alerts: 0, ratings: 0, teams: 0, escalations: 0 })
  /** counts up with every welcome, for what must be said again then */
  const welcomes = ref(0)

  const session = useSession()
  const tickets = useTickets()
  const thread = useThread()
  const counts = useCounts()
  const presence = usePresence()
  const directory = useDirectory()
  const notices = useNotices()
  const views = useViews()
  const workload = useWorkload()

  const actions: EventActions = {
    ticket(id) {
      // The open thread fetches the ticket itself and hands it to the list.
      if (id === thread.id) thread.touch(id)
      else tickets.touch(id)
      counts.touch()
      views.touch()
      ticks.value.tickets++
    },
    accounts() {
      ticks.value.accounts++
      void directory.reload()
    },
    users() {
      ticks.value.users++
      void directory.reload()
    },
    library: () => void ticks.value.library++,
    reviews: () => void ticks.value.reviews++,
    operations() {
      ticks.value.operations++
      counts.touch()
    },
    notices: (id) => notices.arrived(id),
    senders: () => void ticks.value.senders++,
    alerts: () => void ticks.value.alerts++,
    ratings: () => void ticks.value.ratings++,
    escalations: () => void ticks.value.escalations++,
    views: () => views.changed(),
    teams(userId) {
      ticks.value.teams++
      if (userId === undefined) void directory.reload()
      if (userId === session.me) void workload.load()
    },
    deadLetter() {
      ticks.value.accounts++
      actions.operations()
    },
  }

  function reloadAll(): void {
    if (tickets.status !== 'idle') void tickets.refresh()
    void thread.reload()
    void counts.load()
    void notices.load()
    views.changed()
    if (session.can('tickets.work')) void workload.load()
    for (const name of ['tickets', 'library', 'reviews', 'accounts', 'users', 'operations', 'senders', 'alerts', 'ratings', 'teams', 'escalations'] as const)
      ticks.value[name]++
  }

  const socket = new LiveSocket(
    { url: liveUrl() },
    {
      state: (next) => {
        state.value = next
        if (next !== 'online') presence.clear()
      },
      welcome(serverTime, fresh) {
        setServerTime(serverTime)
        welcomes.value++
        // Lists loaded before the head was known may miss what came between.
        if (fresh) {
          if (tickets.status === 'ready') void tickets.refresh()
          void thread.reload()
          counts.touch()
          notices.arrived()
        }
      },
      event: (event) => dispatch(event, actions),
      presence: (frame) => presence.receive(frame),
      reset: reloadAll,
      session: () => session.load(),
    },
  )

  const start = () => socket.start()
  const stop = () => socket.stop()
  const tell = (ticketId: string, what: PresenceState) => socket.presence(ticketId, what)

  return { state, ticks, welcomes, start, stop, tell }
})
