import { computed } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { dimensions, type Dimension } from '@/api/reports'
import { dateText } from '@/lib/time'
import { daysOf, isDate, units, type Days, type Unit } from './period'

/** What the address says a report is about: this month when it says nothing. */
export function useReportQuery() {
  const route = useRoute()
  const router = useRouter()
  const today = dateText(new Date().toISOString())
  const text = (name: string) => (typeof route.query[name] === 'string' ? route.query[name] : '')

  const days = computed<Days>(() => {
    const [from, to] = [text('from'), text('to')]
    return isDate(from) && isDate(to) && from <= to ? { from, to } : daysOf('month', today, today)
  })
  const unit = computed<Unit>(() => units.find((u) => u === text('unit')) ?? (text('from') ? 'other' : 'month'))
  const by = computed<Dimension>(() => dimensions.find((d) => d === text('by')) ?? 'account')
  const account = computed(() => text('account'))
  const key = computed(() => text('key'))

  /** Changes the address; what is "" is taken out of it. */
  function go(change: Record<string, string>): void {
    const next = { ...route.query, ...change }
    void router.replace({ query: Object.fromEntries(Object.entries(next).filter(([, value]) => value !== '')) })
  }

  return { today, days, unit, by, account, key, go }
}
