import { answer, api, filled, type Schemas } from './client'

export type Template = Schemas['Template']
export type TemplateOffer = Schemas['TemplateOffer']
export type Variable = TemplateOffer['blanks'][number]
export type TemplateFields = Partial<
  Pick<Template, 'name' | 'text' | 'category' | 'department_id' | 'enabled'>
>

/** In the order in which they are offered to who writes a template. */
export const variables: readonly Variable[] = [
  'citizen_name',
  'ticket_number',
  'department',
  'account_name',
  'agent_name',
  'date',
]

const of = (id: string) => ({ path: { id } })

export const listTemplates = async (signal?: AbortSignal): Promise<Template[]> =>
  (await answer(api.GET('/api/v1/templates', { signal }))).items

export const addTemplate = (body: TemplateFields) =>
  answer(api.POST('/api/v1/templates', { body }))

export const changeTemplate = (id: string, body: TemplateFields) =>
  answer(api.PATCH('/api/v1/templates/{id}', { params: of(id), body }))

export const deleteTemplate = (id: string) =>
  answer(api.DELETE('/api/v1/templates/{id}', { params: of(id) }))

/** The templates somebody may take on a ticket, filled in for it. */
export const offerTemplates = (ticketId: string, q: string, limit: number, signal?: AbortSignal) =>
  answer(
    api.GET('/api/v1/tickets/{id}/templates', {
      params: { ...of(ticketId), query: filled({ q, limit }) },
      signal,
    }),
  )

/** Takes one: filled in anew, and counted. */
export const takeTemplate = (id: string, ticketId: string) =>
  answer(
    api.POST('/api/v1/templates/{id}/use', { params: of(id), body: { ticket_id: ticketId } }),
  )
