import { answer, api, base, filled, sender, type Page, type Schemas } from './client'

export type Word = Schemas['Word']
export type WordLevel = Word['level']
export type WordDirection = Word['direction']
export type ImportedWords = Schemas['ImportedWords']
export type WordFields = Partial<Omit<Word, 'id' | 'updated_at'>>

export const wordLevels: readonly WordLevel[] = ['block', 'approve', 'warn', 'urgent']
export const wordDirections: readonly WordDirection[] = ['in', 'out', 'both']

export interface WordFilter {
  q?: string
  level?: WordLevel | ''
  direction?: WordDirection | ''
  category?: string
}

const of = (id: string) => ({ path: { id } })
const importTime = 60_000

export function listWords(
  filter: WordFilter,
  cursor: string,
  signal?: AbortSignal,
): Promise<Page<Word>> {
  const query = filled({
    ...filter,
    level: filter.level || undefined,
    direction: filter.direction || undefined,
    cursor,
    limit: 100,
  })
  return answer(api.GET('/api/v1/words', { params: { query }, signal }))
}

export const addWord = (body: WordFields) => answer(api.POST('/api/v1/words', { body }))

export const changeWord = (id: string, body: WordFields) =>
  answer(api.PATCH('/api/v1/words/{id}', { params: of(id), body }))

export const deleteWord = (id: string) =>
  answer(api.DELETE('/api/v1/words/{id}', { params: of(id) }))

/** What the lists, and for "out" the other checks too, find in a text. */
export const tryWords = (text: string, direction: 'in' | 'out', signal?: AbortSignal) =>
  answer(api.POST('/api/v1/words/try', { body: { text, direction }, signal }))

export const importWords = (file: File, dryRun: boolean): Promise<ImportedWords> =>
  answer(
    api.POST('/api/v1/words/import', {
      params: { query: { dry_run: dryRun } },
      body: { file: '' }, // the type has no files; the serializer puts the real one in
      bodySerializer() {
        const form = new FormData()
        form.append('file', file)
        return form
      },
      fetch: sender(importTime),
    }),
  )

export const wordsExportUrl = (format: 'csv' | 'xlsx'): string =>
  `${base}/words/export?format=${format}`
