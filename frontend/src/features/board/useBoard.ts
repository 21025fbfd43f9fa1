import { onBeforeUnmount, watch } from 'vue'
import { reportBoard } from '@/api/reports'
import { paced } from '@/lib/batch'
import { useResource } from '@/lib/resource'
import { useLive } from '@/stores/live'

/** Deadlines pass without an event. */
const every = 30_000

/** How the desk stands: after every change, at most every 5 s, and twice a minute. */
export function useBoard() {
  const board = useResource(reportBoard)
  const live = useLive()
  const touch = paced(() => void board.load(), 250, 5_000)
  const timer = window.setInterval(touch, every)
  watch(() => [live.ticks.tickets, live.welcomes], touch)
  onBeforeUnmount(() => {
    window.clearInterval(timer)
    touch.cancel()
  })
  void board.load()
  return board
}
