import { answer, api, filled, type Page, type Schemas } from './client'

type Wire = Schemas['AuditRow']
/** Who did what, when and from where. */
export type AuditRow = Wire & { id: string }

export interface AuditFilter {
  actor_id?: string
  ticket_id?: string
  /** a name, or a family with its dot: `reply.` */
  action?: string
  /** RFC 3339 */
  from?: string
  to?: string
}

export async function listAudit(
  filter: AuditFilter,
  cursor: string,
  signal?: AbortSignal,
): Promise<Page<AuditRow>> {
  const query = filled({ ...filter, cursor, limit: 100 })
  const page = await answer(api.GET('/api/v1/audit', { params: { query }, signal }))
  return { ...page, items: page.items.map((row) => ({ ...row, id: row.number })) }
}
