import { answer, api, filled, type Page, type Schemas } from './client'
import type { Entry } from './faq'

export type Gap = Schemas['Gap']
export type GapDetail = Schemas['GapDetail']
export type GapExample = Schemas['GapExample']
export type GapState = Gap['state']
export type GapSource = GapExample['source']

export const gapStates: readonly GapState[] = ['open', 'drafted', 'closed', 'ignored']
export const gapSources: readonly GapSource[] = [
  'unanswered',
  'offered',
  'passed_over',
  'edited',
  'rejected',
  'unhelpful',
]

export interface GapFilter {
  state: GapState
  source?: GapSource | ''
}

const of = (id: string) => ({ path: { id } })

export function listGaps(
  filter: GapFilter,
  page: { cursor?: string; limit?: number } = {},
  signal?: AbortSignal,
): Promise<Page<Gap>> {
  const query = filled({ ...filter, ...page, source: filter.source || undefined })
  return answer(api.GET('/api/v1/faq/gaps', { params: { query }, signal }))
}

/** The figure beside the name of the list: "7", or "50+" when there are more. */
export async function openGaps(signal?: AbortSignal): Promise<string> {
  const page = await listGaps({ state: 'open' }, { limit: 50 }, signal)
  return `${page.items.length}${page.next_cursor ? '+' : ''}`
}

export const getGap = (id: string, signal?: AbortSignal): Promise<GapDetail> =>
  answer(api.GET('/api/v1/faq/gaps/{id}', { params: of(id), signal }))

export const ignoreGap = (id: string, reason: string) =>
  answer(api.POST('/api/v1/faq/gaps/{id}/ignore', { params: of(id), body: { reason } }))

/** Back on the list, without its entry. */
export const reopenGap = (id: string) =>
  answer(api.POST('/api/v1/faq/gaps/{id}/reopen', { params: of(id) }))

export const linkGap = (id: string, entryId: string) =>
  answer(api.POST('/api/v1/faq/gaps/{id}/link', { params: of(id), body: { entry_id: entryId } }))

/** Makes a draft entry with the newest answer a person gave. */
export const draftGap = (id: string): Promise<Entry> =>
  answer(api.POST('/api/v1/faq/gaps/{id}/draft', { params: of(id), body: {} }))
