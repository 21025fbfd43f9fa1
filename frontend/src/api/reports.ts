import { answer, api, base, filled, type Schemas } from './client'

export type BotReport = Schemas['BotReport']
export type BotCounts = Schemas['BotCounts']
export type BotDay = Schemas['BotDay']
export type EntryUses = Schemas['EntryUses']
export type EntryFigures = Schemas['EntryFigures']

/** A choice of days of the desk: the last so many, or from one to another. */
export type Span = { days: number } | { from: string; to: string }

/** How the bot fared; for who approves replies. */
export const reportBot = (span: Span, accountId: string, signal?: AbortSignal) =>
  answer(
    api.GET('/api/v1/reports/bot', {
      params: { query: filled({ ...span, account_id: accountId || undefined }) },
      signal,
    }),
  ) as Promise<BotReport>

/** The address of the same figures as a file, one row a day and account. */
export function botReportUrl(report: BotReport, accountId: string, format: 'csv' | 'xlsx'): string {
  const query = new URLSearchParams({ from: report.from, to: report.to, format })
  if (accountId) query.set('account_id', accountId)
  return `${base}/reports/bot?${query}`
}

/** How an entry was used in the last days and in all; for who edits the library. */
export const entryFigures = (id: string, days: number, signal?: AbortSignal) =>
  answer(
    api.GET('/api/v1/faq/entries/{id}/figures', {
      params: { path: { id }, query: { days } },
      signal,
    }),
  )
