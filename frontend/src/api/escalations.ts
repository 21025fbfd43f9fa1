import { answer, api, filled, sender, type Page, type Schemas } from './client'
import type { Ticket } from './tickets'

export type Escalation = Schemas['Escalation']
export type EscalationState = Escalation['state']
export type EscalationView = 'todo' | 'desk' | 'pending' | 'done' | 'all'

export interface NewDispatch {
  department_id?: string
  co_department_ids?: string[]
  remark?: string
  deadline?: string
  instead?: boolean
  rule_id?: string
}

const of = (id: string) => ({ path: { id } })

export const dispatch = (ticketId: string, body: NewDispatch): Promise<Ticket> =>
  answer(api.POST('/api/v1/tickets/{id}/escalations', { params: of(ticketId), body }))

export const ticketEscalations = (ticketId: string, signal?: AbortSignal) =>
  answer(api.GET('/api/v1/tickets/{id}/escalations', { params: of(ticketId), signal }))

export const listEscalations = (
  query: { view: EscalationView; department_id?: string; cursor?: string; limit?: number },
  signal?: AbortSignal,
): Promise<Page<Escalation>> =>
  answer(api.GET('/api/v1/escalations', { params: { query: filled(query) }, signal }))

/** The lists of the desk, what it has to do itself first. */
export const deskViews = ['desk', 'unsigned', 'working', 'open', 'over'] as const
export type DeskView = (typeof deskViews)[number]
export type EscalationCounts = Schemas['EscalationCounts']
export type ManyResult = Schemas['ManyResult']

export interface EscalationFilter {
  department_id: string
  /** 'overdue', or within how many hours the department's deadline passes */
  due: string
  supervised: boolean
  mine: boolean
  q: string
}

function queryOf({ due, ...rest }: EscalationFilter) {
  return filled({
    ...rest,
    supervised: rest.supervised || undefined,
    mine: rest.mine || undefined,
    overdue: due === 'overdue' || undefined,
    due_within: Number(due) || undefined,
  })
}

export const listDeskEscalations = (
  { view, ...filter }: EscalationFilter & { view: DeskView },
  cursor: string,
  signal?: AbortSignal,
): Promise<Page<Escalation>> =>
  answer(
    api.GET('/api/v1/escalations', {
      params: { query: filled({ ...queryOf(filter), view, cursor, limit: 50 }) },
      signal,
    }),
  )

export const countEscalations = (filter: EscalationFilter, signal?: AbortSignal) =>
  answer(api.GET('/api/v1/escalations/counts', { params: { query: queryOf(filter) }, signal }))

/** What the list shows as a file; the desk notes who took it. */
export const exportEscalations = async (
  { view, ...filter }: EscalationFilter & { view: DeskView },
  format: 'csv' | 'xlsx',
): Promise<Blob> =>
  answer<unknown>(
    api.GET('/api/v1/escalations/export', {
      params: { query: { ...queryOf(filter), view, format } },
      headers: { Accept: '*/*' },
      parseAs: 'blob',
      fetch: sender(60_000),
    }),
  ) as Promise<Blob>

export const urgeMany = (ids: string[], text: string): Promise<ManyResult> =>
  answer(api.POST('/api/v1/escalations/urge', { body: { ids, text }, fetch: sender(60_000) }))

export const getEscalation = (id: string, signal?: AbortSignal): Promise<Escalation> =>
  answer(api.GET('/api/v1/escalations/{id}', { params: of(id), signal }))

export const sign = (id: string): Promise<Escalation> =>
  answer(api.POST('/api/v1/escalations/{id}/sign', { params: of(id) }))

export const giveAnswer = (id: string, text: string): Promise<Escalation> =>
  answer(api.POST('/api/v1/escalations/{id}/answer', { params: of(id), body: { text } }))

export const giveBack = (id: string, reason: string): Promise<Escalation> =>
  answer(api.POST('/api/v1/escalations/{id}/return', { params: of(id), body: { reason } }))

export const extend = (id: string, until: string, reason: string): Promise<Escalation> =>
  answer(api.POST('/api/v1/escalations/{id}/extend', { params: of(id), body: { until, reason } }))

export const agree = (id: string): Promise<Escalation> =>
  answer(api.POST('/api/v1/escalations/{id}/agree', { params: of(id) }))

export const refuse = (id: string, reason: string): Promise<Escalation> =>
  answer(api.POST('/api/v1/escalations/{id}/refuse', { params: of(id), body: { reason } }))

export const grant = (id: string): Promise<Escalation> =>
  answer(api.POST('/api/v1/escalations/{id}/grant', { params: of(id) }))

export const decline = (id: string, reason: string): Promise<Escalation> =>
  answer(api.POST('/api/v1/escalations/{id}/decline', { params: of(id), body: { reason } }))

export const rework = (id: string, reason: string): Promise<Escalation> =>
  answer(api.POST('/api/v1/escalations/{id}/rework', { params: of(id), body: { reason } }))

export const withdraw = (id: string, reason: string): Promise<Escalation> =>
  answer(api.POST('/api/v1/escalations/{id}/withdraw', { params: of(id), body: { reason } }))

export const urge = (id: string): Promise<Escalation> =>
  answer(api.POST('/api/v1/escalations/{id}/urge', { params: of(id) }))

export const supervise = (id: string, text: string): Promise<Escalation> =>
  answer(api.POST('/api/v1/escalations/{id}/supervise', { params: of(id), body: { text } }))
