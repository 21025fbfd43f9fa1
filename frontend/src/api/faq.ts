import { answer, api, base, filled, sender, type Page, type Schemas } from './client'

export type Entry = Schemas['Entry']
export type EntryState = Entry['state']
export type Revision = Schemas['EntryRevision']
export type Suggestion = Schemas['Suggestion']
export type Suggestions = Schemas['Suggestions']
export type Match = Schemas['Match']
export type ImportResult = Schemas['ImportResult']
export type Proposal = Schemas['Proposal']
export type ProposalState = Proposal['state']
export type FieldDiff = Schemas['FieldDiff']
export type SimilarEntry = Schemas['SimilarEntry']
export type EntryPreview = Schemas['EntryPreview']
export type BulkAction = Schemas['BulkInputBody']['action']
export type BulkSet = Schemas['BulkSet']
export type BulkResult = Schemas['BulkResult']
export type ExportFormat = 'csv' | 'xlsx' | 'jsonl'

export const entryStates: readonly EntryState[] = ['draft', 'published', 'retired']
export const proposalStates: readonly ProposalState[] = [
  'in_review',
  'rejected',
  'scheduled',
  'draft',
]

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
  proposal?: ProposalState | ''
  /** published ones whose last day is within so many days */
  expiring?: number
}

/** What somebody who decides about a text has read. */
export const seenOf = (entry: Entry) => ({
  revision: entry.revision,
  proposal_version: entry.proposal?.version ?? 0,
})

const importTime = 120_000
const bulkTime = 60_000
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
  page: { cursor?: string; limit?: number; days?: number } = {},
  signal?: AbortSignal,
): Promise<Page<Entry>> {
  const query = filled({
    ...filter,
    ...page,
    state: filter.state || undefined,
    proposal: filter.proposal || undefined,
    expiring: filter.expiring || undefined,
  })
  return answer(api.GET('/api/v1/faq/entries', { params: { query }, signal }))
}

export const getEntry = (id: string, signal?: AbortSignal): Promise<Entry> =>
  answer(api.GET('/api/v1/faq/entries/{id}', { params: of(id), signal }))

export const createEntry = (content: EntryContent): Promise<Entry> =>
  answer(api.POST('/api/v1/faq/entries', { body: content }))

/**
 * Saves over the texts that seen names; 409 entry_changed when there is a newer
 * one. What is saved of a published entry is a proposal.
 */
export const updateEntry = (seen: Entry, content: EntryContent): Promise<Entry> =>
  answer(
    api.PATCH('/api/v1/faq/entries/{id}', {
      params: of(seen.id),
      body: { ...content, ...seenOf(seen) },
    }),
  )

/** Asks a second person for review; publishAt (ISO) is when it should go out. */
export const submitEntry = (entry: Entry, publishAt?: string): Promise<Entry> =>
  answer(
    api.POST('/api/v1/faq/entries/{id}/submit', {
      params: of(entry.id),
      body: { ...seenOf(entry), publish_at: publishAt },
    }),
  )

/** Lets what is pending out: at publishAt (ISO), or as it was submitted. */
export const publishEntry = (entry: Entry, publishAt?: string): Promise<Entry> =>
  answer(
    api.POST('/api/v1/faq/entries/{id}/publish', {
      params: of(entry.id),
      body: { ...seenOf(entry), publish_at: publishAt },
    }),
  )

export const rejectEntry = (entry: Entry, reason: string): Promise<Entry> =>
  answer(
    api.POST('/api/v1/faq/entries/{id}/reject', {
      params: of(entry.id),
      body: { ...seenOf(entry), reason },
    }),
  )

/** Takes a text back from review, or off its schedule. */
export const recallEntry = (entry: Entry): Promise<Entry> =>
  answer(api.POST('/api/v1/faq/entries/{id}/recall', { params: of(entry.id) }))

export const discardProposal = (entry: Entry): Promise<Entry> =>
  answer(
    api.DELETE('/api/v1/faq/entries/{id}/proposal', {
      params: { ...of(entry.id), query: { version: entry.proposal?.version ?? 0 } },
    }),
  )

/** Proposes what the entry said in a revision. */
export const restoreEntry = (entry: Entry, revision: number): Promise<Entry> =>
  answer(
    api.POST('/api/v1/faq/entries/{id}/restore', {
      params: of(entry.id),
      body: { ...seenOf(entry), restore: revision },
    }),
  )

/** What changed from one revision to another; 0 is the proposal. */
export const compareEntry = (id: string, from: number, to: number, signal?: AbortSignal) =>
  answer(
    api.GET('/api/v1/faq/entries/{id}/compare', {
      params: { ...of(id), query: { from, to } },
      signal,
    }),
  )

/** Entries that may ask the same as what is being written. */
export const similarEntries = (
  content: Pick<
    EntryContent,
    'question' | 'similar_questions' | 'department' | 'valid_from' | 'valid_to'
  >,
  exclude: string | undefined,
  signal?: AbortSignal,
): Promise<Page<SimilarEntry>> =>
  answer(
    api.POST('/api/v1/faq/similar', {
      body: {
        question: content.question,
        similar_questions: content.similar_questions,
        department: content.department,
        valid_from: content.valid_from,
        valid_to: content.valid_to,
        exclude,
      },
      signal,
    }),
  )

/** What citizens of an account ("": any) would get of what is being written. */
export const previewEntry = (
  content: EntryContent,
  account: string,
  signal?: AbortSignal,
): Promise<EntryPreview> =>
  answer(
    api.POST('/api/v1/faq/preview', {
      body: {
        account_id: account || undefined,
        question: content.question,
        answer: content.answer,
        service_link: content.service_link,
        department: content.department,
      },
      signal,
    }),
  )

export const libraryCounts = (signal?: AbortSignal) =>
  answer(api.GET('/api/v1/faq/counts', { signal }))

export const retireEntry = (entry: Entry): Promise<Entry> =>
  answer(api.POST('/api/v1/faq/entries/{id}/retire', { params: of(entry.id) }))

/** Makes a published or retired entry a draft again. */
export const withdrawEntry = (entry: Entry): Promise<Entry> =>
  answer(api.POST('/api/v1/faq/entries/{id}/withdraw', { params: of(entry.id) }))

export const entryRevisions = (id: string, signal?: AbortSignal) =>
  answer(api.GET('/api/v1/faq/entries/{id}/revisions', { params: of(id), signal }))

export const facets = (signal?: AbortSignal) => answer(api.GET('/api/v1/faq/facets', { signal }))

/** Whether the desk has departments and none of this name: nobody would be reminded. */
export function unknownDepartment(names: Schemas['Facets'] | null | undefined, department: string): boolean {
  const name = department.trim()
  return !!names?.desk_departments.length && name !== '' && !names.desk_departments.includes(name)
}

export const entryFiles = (id: string, signal?: AbortSignal) =>
  answer(api.GET('/api/v1/faq/entries/{id}/files', { params: of(id), signal }))

export const addEntryFile = (id: string, file: File) =>
  answer(
    api.POST('/api/v1/faq/entries/{id}/files', { params: of(id), ...formOf(file) }),
  )

export const removeEntryFile = (id: string) =>
  answer(api.DELETE('/api/v1/faq/files/{id}', { params: of(id) }))

/** A request whose body is one file. */
const formOf = (file: File) => ({
  body: { file: '' }, // the type has no files; the serializer puts the real one in
  bodySerializer() {
    const form = new FormData()
    form.append('file', file)
    return form
  },
  fetch: sender(importTime),
})

export function importEntries(
  file: File,
  options: { publish: boolean; dryRun: boolean },
): Promise<ImportResult> {
  return answer(
    api.POST('/api/v1/faq/import', {
      params: { query: { publish: options.publish, dry_run: options.dryRun } },
      ...formOf(file),
    }),
  )
}

/** One action on many entries as they were read; each goes by its own rules. */
export const bulkEntries = (
  action: BulkAction,
  entries: readonly Entry[],
  set?: BulkSet,
): Promise<BulkResult> =>
  answer(
    api.POST('/api/v1/faq/entries/bulk', {
      body: { action, set, entries: entries.map((entry) => ({ id: entry.id, ...seenOf(entry) })) },
      fetch: sender(bulkTime),
    }),
  )

/** Chosen entries as a file. */
export const exportSelection = async (format: ExportFormat, ids: string[]): Promise<Blob> =>
  answer<unknown>(
    api.POST('/api/v1/faq/export', {
      body: { format, ids },
      headers: { Accept: '*/*' },
      parseAs: 'blob',
      fetch: sender(bulkTime),
    }),
  ) as Promise<Blob>

/** The address of the whole library as a file. */
export const exportUrl = (format: ExportFormat): string => `${base}/faq/export?format=${format}`
