import { answer, api, filled, type Page, type Schemas } from './client'
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
