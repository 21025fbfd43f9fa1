import { answer, api, type Schemas } from './client'

export type RelatedTicket = Schemas['RelatedTicket']
export type RelationKind = RelatedTicket['kind']
export const relationKinds: readonly RelationKind[] = ['related', 'same_matter']

const of = (id: string) => ({ path: { id } })

/** The tickets that one has a relation with, those the reader sees. */
export const listRelations = async (id: string): Promise<RelatedTicket[]> =>
  (await answer(api.GET('/api/v1/tickets/{id}/relations', { params: of(id) }))).items

export const relate = async (
  id: string,
  other: string,
  kind: RelationKind,
): Promise<RelatedTicket[]> =>
  (
    await answer(
      api.POST('/api/v1/tickets/{id}/relations', {
        params: of(id),
        body: { ticket_id: other, kind },
      }),
    )
  ).items

export const unrelate = async (id: string, other: string): Promise<RelatedTicket[]> =>
  (
    await answer(
      api.POST('/api/v1/tickets/{id}/relations/remove', {
        params: of(id),
        body: { ticket_id: other },
      }),
    )
  ).items
