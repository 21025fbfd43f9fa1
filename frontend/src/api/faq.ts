import { call, url, type Page } from './client'
import type { Ref } from './refs'

export type EntryState = 'draft' | 'published' | 'retired'
export const entryStates: EntryState[] = ['draft', 'published', 'retired']

/** What a person writes; dates are days, YYYY-MM-DD. */
export interface EntryContent {
  code: string
  question: string
  similar_questions: string[]
  answer: string
  category: string
  department: string
  document_number: string
  service_link: string
  valid_from?: string
  valid_to?: string
}

export interface Entry extends EntryContent {
  id: string
  state: EntryState
  /** published and valid today */
  current: boolean
  revision: number
  created_at: string
  updated_at: string
  updated_by?: Ref | null
  uses: number
}

export interface Match {
  field: 'question' | 'matched_question'
  /** offsets in Unicode code points */
  start: number
  end: number
}

export interface Suggestion {
  entry_id: string
  revision: number
  question: string
  matched_question?: string
  answer: string
  score: number
  confidence: number
  department?: string
  document_number?: string
  service_link?: string
  valid_to?: string
  matches?: Match[] | null
}

export interface Suggestions {
  query?: string
  items: Suggestion[]
}

export interface EntryFilter {
  q?: string
  state?: EntryState | ''
  category?: string
  department?: string
}

export interface Revision extends EntryContent {
  revision: number
  at: string
  by?: Ref | null
}

export interface ImportResult {
  created: number
  updated: number
  unchanged: number
  errors: { row: number; message: string }[] | null
}

export const suggestionsFor = (ticketId: string, signal?: AbortSignal) =>
  call<Suggestions>('GET', `/tickets/${ticketId}/suggestions`, { signal })

export const searchLibrary = (q: string, limit: number, signal?: AbortSignal) =>
  call<Suggestions>('GET', '/faq/search', { query: { q, limit }, signal })

export const listEntries = (
  filter: EntryFilter,
  page: { cursor?: string; limit?: number } = {},
  signal?: AbortSignal,
) => call<Page<Entry>>('GET', '/faq/entries', { query: { ...filter, ...page }, signal })

export const getEntry = (id: string, signal?: AbortSignal) =>
  call<Entry>('GET', `/faq/entries/${id}`, { signal })

export const createEntry = (content: EntryContent) =>
  call<Entry>('POST', '/faq/entries', { body: content })

export const updateEntry = (id: string, revision: number, content: EntryContent) =>
  call<Entry>('PATCH', `/faq/entries/${id}`, { body: { ...content, revision } })

export const publishEntry = (id: string) =>
  call<Entry>('POST', `/faq/entries/${id}/publish`, { body: {} })

export const retireEntry = (id: string) =>
  call<Entry>('POST', `/faq/entries/${id}/retire`, { body: {} })

export const entryRevisions = (id: string, signal?: AbortSignal) =>
  call<{ items: Revision[] }>('GET', `/faq/entries/${id}/revisions`, { signal })

export const facets = (signal?: AbortSignal) =>
  call<{ categories: string[] | null; departments: string[] | null }>('GET', '/faq/facets', {
    signal,
  })

export function importEntries(file: File, options: { publish: boolean; dryRun: boolean }) {
  const body = new FormData()
  body.append('file', file)
  return call<ImportResult>('POST', '/faq/import', {
    body,
    query: { publish: options.publish, dry_run: options.dryRun },
    timeout: 120_000,
  })
}

export type ExportFormat = 'csv' | 'xlsx' | 'jsonl'
export const exportUrl = (format: ExportFormat) => url('/faq/export', { format })
