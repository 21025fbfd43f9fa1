import { answer, api, filled, type Page, type Schemas } from './client'

/** A bad mark that somebody looks after. */
export type FollowUp = Schemas['FollowUp']
export type Outcome = Exclude<FollowUp['outcome'], ''>

export const outcomes: readonly Outcome[] = [
  'satisfied',
  'dissatisfied',
  'unreachable',
  'not_needed',
]

/** Whether it may not be noted so without saying why. */
export const explained = (outcome: Outcome): boolean =>
  outcome === 'dissatisfied' || outcome === 'not_needed'

export interface FollowUpFilter {
  state: 'open' | 'closed'
  account_id?: string
}

export function listFollowUps(
  filter: FollowUpFilter,
  cursor: string,
  signal?: AbortSignal,
): Promise<Page<FollowUp>> {
  const query = filled({ ...filter, cursor, limit: 50 })
  return answer(api.GET('/api/v1/follow-ups', { params: { query }, signal }))
}

export const closeFollowUp = (id: string, outcome: Outcome, remark: string) =>
  answer(
    api.POST('/api/v1/follow-ups/{id}/close', {
      params: { path: { id } },
      body: { outcome, remark },
    }),
  )
