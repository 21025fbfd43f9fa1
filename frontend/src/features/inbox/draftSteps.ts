import { ApiError } from '@/api/client'

/** What a person may do when the model gave no draft, the best first. */
export type DraftStep = 'again' | 'library' | 'write'

const byReason: Record<string, readonly DraftStep[]> = {
  no_grounds: ['library', 'write'],
  not_grounded: ['again', 'write'],
  draft_budget: ['write', 'again'],
  draft_stale: ['again'],
  drafts_off: ['write'],
  ticket_state: [],
  // Asking the same again would end the same.
  model_settings: ['write'],
  model_refused: ['write'],
  model_filtered: ['write'],
  model_long: ['write'],
}

/** The next steps after a refusal. */
export function stepsAfter(error: unknown): readonly DraftStep[] {
  if (!(error instanceof ApiError)) return ['again', 'write']
  const known = byReason[error.reason]
  if (known) return known
  if (error.code === 'forbidden' || error.code === 'not_found') return []
  return ['again', 'write']
}
