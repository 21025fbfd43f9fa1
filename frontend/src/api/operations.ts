import { answer, api, type Schemas } from './client'

export type DeadWork = Schemas['DeadWork']
export type DeadReply = Schemas['DeadReply']

const of = (id: string) => ({ path: { id } })

export const deadWork = (signal?: AbortSignal): Promise<DeadWork> =>
  answer(api.GET('/api/v1/operations/dead', { signal }))

export const replayPayload = (id: string) =>
  answer(api.POST('/api/v1/operations/payloads/{id}/replay', { params: of(id) }))

export const retryTask = (id: string) =>
  answer(api.POST('/api/v1/operations/tasks/{id}/retry', { params: of(id) }))
