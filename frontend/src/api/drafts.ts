import { serverEvents } from './sse'
import { answer, api, ApiError, problem, sender, type Schemas } from './client'

export type Draft = Schemas['Draft']
export type Citation = Schemas['Citation']
export type DraftFigures = Schemas['DraftFigures']

/** The server gives a model 58 seconds; then it tells so itself. */
const draftTime = 70_000

const of = (id: string) => ({ path: { id } })

/** What the model was asked and what it wrote. */
export const getDraft = (id: string, signal?: AbortSignal): Promise<Draft> =>
  answer(api.GET('/api/v1/drafts/{id}', { params: of(id), signal }))

/** How each model's drafts of the last days fared; for who approves replies. */
export const reportDrafts = (days: number, signal?: AbortSignal) =>
  answer(api.GET('/api/v1/reports/drafts', { params: { query: { days } }, signal }))

/** Stops a draft one asked for, however far it is: nothing of it waits for approval. */
export const stopDraft = (id: string): Promise<unknown> =>
  answer(api.POST('/api/v1/drafts/{id}/stop', { params: of(id) }))

/**
 * Has the model write an answer. begun gets the id that stops it, piece the text
 * as it comes: a preview that counts for nothing until the promise is kept.
 * Aborting ends the reading; the model may be done by then: stopDraft. Throws
 * ApiError for every refusal; "network" when the stream ends before the draft.
 */
export async function writeDraft(
  ticketId: string,
  begun: (id: string) => void,
  piece: (text: string) => void,
  signal: AbortSignal,
): Promise<Draft> {
  const stream = await answer(
    api.POST('/api/v1/tickets/{id}/drafts', {
      params: of(ticketId),
      headers: { Accept: 'text/event-stream' },
      parseAs: 'stream',
      fetch: sender(draftTime),
      signal,
    }),
  )
  try {
    for await (const event of serverEvents(stream as ReadableStream<Uint8Array>)) {
      const data: unknown = JSON.parse(event.data)
      if (event.name === 'begun') begun((data as { id: string }).id)
      else if (event.name === 'delta') piece((data as { text: string }).text)
      else if (event.name === 'draft') return data as Draft
      else if (event.name === 'problem') throw problem(data)
    }
  } catch (error) {
    if (signal.aborted || error instanceof ApiError) throw error
    const late = error instanceof DOMException && error.name === 'TimeoutError'
    throw new ApiError(late ? 'timeout' : 'network', '')
  }
  throw new ApiError('network', '')
}
