import type { Entry, EntryContent } from '@/api/faq'

export const textFields = [
  'question',
  'answer',
  'category',
  'department',
  'document_number',
  'service_link',
  'valid_from',
  'valid_to',
  'code',
] as const

/** An entry or a version as the server tells it; dates may be absent. */
export type Stored = Omit<EntryContent, 'valid_from' | 'valid_to'> &
  Partial<Pick<EntryContent, 'valid_from' | 'valid_to'>>

export const emptyContent = (): EntryContent => ({
  code: '',
  question: '',
  similar_questions: [],
  answer: '',
  category: '',
  department: '',
  document_number: '',
  service_link: '',
  valid_from: '',
  valid_to: '',
})

/** What a person edits of an entry, apart from its history. */
export function contentOf(entry: Stored): EntryContent {
  const content = emptyContent()
  for (const name of textFields) content[name] = entry[name] ?? ''
  content.similar_questions = [...entry.similar_questions]
  return content
}

/** What a person goes on editing: the text under way, or what the entry says. */
export const pendingOf = (entry: Entry): EntryContent => contentOf(entry.proposal ?? entry)

/** The content as it is sent: trimmed, without empty rows. */
export function tidy(content: EntryContent): EntryContent {
  const out = emptyContent()
  for (const name of textFields) out[name] = content[name].trim()
  out.similar_questions = content.similar_questions.map((row) => row.trim()).filter(Boolean)
  return out
}

export interface Difference {
  field: string
  mine: string
  theirs: string
}

/** The fields in which two versions differ. */
export function differences(mine: Stored, theirs: Stored): Difference[] {
  const a = tidy(contentOf(mine))
  const b = tidy(contentOf(theirs))
  const out: Difference[] = textFields
    .filter((field) => a[field] !== b[field])
    .map((field) => ({ field, mine: a[field], theirs: b[field] }))
  const rows = (content: EntryContent) => content.similar_questions.join('\n')
  if (rows(a) !== rows(b)) {
    out.push({ field: 'similar_questions', mine: rows(a), theirs: rows(b) })
  }
  return out
}
