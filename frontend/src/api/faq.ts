import { answer, api, base, filled, sender, type Page, type Schemas } from './client'

export type Entry = Schemas['Entry']
export type EntryState = Entry['state']
export type Revision = Schemas['EntryRevision']
export type Suggestion = Schemas['Suggestion']
export type Suggestions = Schemas['Suggestions']
export type Match = Schemas['Match']
export type ImportResult = Schemas['ImportResult']
export type ExportFormat = 'csv' | 'xlsx' | 'jsonl'

export const entryStates: readonly EntryState[] = ['draft', 'published', 'retired']

/** What a person writes of an entry; dates are days, YYYY-MM-DD, "" for none. */
export interface EntryContent {
  code: string
  question: string
  similar_questions: string[]
  answer: string
  category: string
  department: string
  document_number: string
  service_link: string
  valid_from: string
  valid_to: string
}

export interface EntryFilter {
  q?: string
  state?: EntryState | ''
  category?: string
  department?: string
}

const importTime = 120_000
const of = (id: string) => ({ path: { id } })

export const suggestionsFor = (ticketId: string, signal?: AbortSignal): Promise<Suggestions> =>
  answer(api.GET('/api/v1/tickets/{id}/suggestions', { params: of(ticketId), signal }))

export const searchLibrary = (
  q: string,
  limit: number,
  signal?: AbortSignal,
): Promise<Suggestions> =>
  answer(api.GET('/api/v1/faq/search', { params: { query: { q, limit } }, signal }))

export function listEntries(
  filter: EntryFilter,
  page: { cursor?: string; limit?: number } = {},
  signal?: AbortSignal,
): Promise<Page<Entry>> {
  const query = filled({ ...filter, ...page, state: filter.state || undefined })
  return answer(api.GET('/api/v1/faq/entries', { params: { query }, signal }))
}

export const getEntry = (id: string, signal?: AbortSignal): Promise<Entry> =>
  answer(api.GET('/api/v1/faq/entries/{id}', { params: of(id), signal }))

export const createEntry = (content: EntryContent): Promise<Entry> =>
  answer(api.POST('/api/v1/faq/entries', { body: content }))

/** Saves over a revision; 409 entry_changed when there is a newer one. */
export const updateEntry = (id: string, revision: number, content: EntryContent): Promise<Entry> =>
  answer(api.PATCH('/api/v1/faq/entries/{id}', { params: of(id), body: { ...content, revision } }))

export const publishEntry = (id: string): Promise<Entry> =>
  answer(api.POST('/api/v1/faq/entries/{id}/publish', { params: of(id) }))

export const retireEntry = (id: string): Promise<Entry> =>
  answer(api.POST('/api/v1/faq/entries/{id}/retire', { params: of(id) }))

/** Makes a published or retired entry a draft again. */
export const withdrawEntry = (id: string): Promise<Entry> =>
  answer(api.POST('/api/v1/faq/entries/{id}/withdraw', { params: of(id) }))

export const entryRevisions = (id: string, signal?: AbortSignal) =>
  answer(api.GET('/api/v1/faq/entries/{id}/revisions', { params: of(id), signal }))

export const facets = (signal?: AbortSignal) => answer(api.GET('/api/v1/faq/facets', { signal }))

export function importEntries(
  file: File,
  options: { publish: boolean; dryRun: boolean },
): Promise<ImportResult> {
  return answer(
    api.POST('/api/v1/faq/import', {
      params: { query: { publish: options.publish, dry_run: options.dryRun } },
      body: { file: '' }, // the type has no files; the serializer puts the real one in
      bodySerializer() {
        const form = new FormData()
        form.append('file', file)
        return form
      },
      fetch: sender(importTime),
    }),
  )
}

/** The address of the whole library as a file. */
export const exportUrl = (format: ExportFormat): string => `${base}/faq/export?format=${format}`
