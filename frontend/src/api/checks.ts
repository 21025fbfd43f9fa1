import { answer, api, filled, type Page, type Schemas } from './client'

/** Many messages that say the same within a short time. */
export type Alert = Schemas['Alert']
export type AlertDetail = Schemas['AlertDetail']
/** One thing a check found, and who decided what about it. */
export type CheckHit = Schemas['CheckHit']

export const hitLevels: readonly CheckHit['level'][] = ['block', 'approve', 'warn', 'urgent']
export const hitDecisions: readonly CheckHit['decision'][] = [
  'raised',
  'noted',
  'blocked',
  'confirmed',
  'in_review',
  'approved',
  'rejected',
  'withdrawn',
  'bypassed',
]

export interface AlertFilter {
  state: 'open' | 'closed'
}

export interface HitFilter {
  word?: string
  level?: CheckHit['level'] | ''
  decision?: CheckHit['decision'] | ''
  direction?: CheckHit['direction'] | ''
  /** RFC 3339 */
  from?: string
  to?: string
}

const of = (id: string) => ({ path: { id } })

export function listAlerts(
  filter: AlertFilter,
  cursor: string,
  signal?: AbortSignal,
): Promise<Page<Alert>> {
  const query = filled({ ...filter, cursor, limit: 50 })
  return answer(api.GET('/api/v1/alerts', { params: { query }, signal }))
}

/** With its newest tickets. */
export const getAlert = (id: string, signal?: AbortSignal): Promise<AlertDetail> =>
  answer(api.GET('/api/v1/alerts/{id}', { params: of(id), signal }))

export const closeAlert = (id: string, reason: string) =>
  answer(api.POST('/api/v1/alerts/{id}/close', { params: of(id), body: { reason } }))

export function listHits(
  filter: HitFilter,
  cursor: string,
  signal?: AbortSignal,
): Promise<Page<CheckHit>> {
  const query = filled({
    ...filter,
    level: filter.level || undefined,
    decision: filter.decision || undefined,
    direction: filter.direction || undefined,
    cursor,
    limit: 100,
  })
  return answer(api.GET('/api/v1/checks/hits', { params: { query }, signal }))
}
