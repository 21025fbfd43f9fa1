import { answer, api, type Schemas } from './client'

export type ProgressCode = Schemas['ProgressCode']

const of = (id: string) => ({ path: { id } })

/** The code with which the citizen asks how far the ticket is; that it was looked at is on record. */
export const showCode = (ticket: string): Promise<ProgressCode> =>
  answer(api.POST('/api/v1/tickets/{id}/code', { params: of(ticket) }))

/** A new code; the old one opens nothing any more. */
export const renewCode = (ticket: string): Promise<ProgressCode> =>
  answer(api.POST('/api/v1/tickets/{id}/code/renew', { params: of(ticket) }))
