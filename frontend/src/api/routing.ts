import { answer, api, type Schemas } from './client'

export type RoutingPolicy = Schemas['RoutingPolicy']
export type RoutingRule = Schemas['RoutingRule']
export type RouteProposal = Schemas['RouteProposal']
export type RoutingFields = Partial<Pick<RoutingPolicy, 'name' | 'enabled' | 'rule'>>

const of = (id: string) => ({ path: { id } })

/** All of them: the desk takes at most 200. */
export const listRoutingPolicies = async (signal?: AbortSignal): Promise<RoutingPolicy[]> =>
  (await answer(api.GET('/api/v1/routing', { signal }))).items

export const addRoutingPolicy = (body: RoutingFields) => answer(api.POST('/api/v1/routing', { body }))

export const changeRoutingPolicy = (id: string, body: RoutingFields) =>
  answer(api.PATCH('/api/v1/routing/{id}', { params: of(id), body }))

export const deleteRoutingPolicy = (id: string) =>
  answer(api.DELETE('/api/v1/routing/{id}', { params: of(id) }))

/** The departments that the rules propose for a ticket, best first. */
export const proposeDepartments = async (ticketId: string, signal?: AbortSignal): Promise<RouteProposal[]> =>
  (await answer(api.GET('/api/v1/tickets/{id}/routing', { params: of(ticketId), signal }))).items
