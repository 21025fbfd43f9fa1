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

export type DeskReport = Schemas['DeskReport']
export type DeskFigures = Schemas['DeskFigures']
export type DeskCompared = Schemas['DeskCompared']
export type DeskDay = Schemas['DeskDay']
export type DeskRow = Schemas['DeskRow']
export type FigureDefinition = Schemas['FigureDefinition']
export type OverdueTickets = Schemas['OverdueTickets']

/** What the figures can be broken down by. */
export const dimensions = ['account', 'kind', 'department', 'person', 'category', 'hour'] as const
export type Dimension = (typeof dimensions)[number]

/** Which figures of the desk: the days, and what they are narrowed to. */
export interface DeskQuery {
  from: string
  to: string
  account_id?: string
  by: Dimension
  /** a row of the dimension */
  key?: string
}

/** What came in and how it was dealt with; for who reads reports. */
export const reportDesk = (query: DeskQuery | { days: number; by: Dimension }, signal?: AbortSignal) =>
  answer(api.GET('/api/v1/reports/desk', { params: { query: filled(query) }, signal })) as Promise<DeskReport>

/** The address of the same figures as a file; by day is a row for each day. */
export function deskReportUrl(query: DeskQuery, format: 'csv' | 'xlsx', by: Dimension | 'day'): string {
  const params = new URLSearchParams({ from: query.from, to: query.to, by, format })
  if (query.account_id) params.set('account_id', query.account_id)
  return `${base}/reports/desk?${params}`
}

/** Tickets that are overdue now, the most urgent first. */
export const reportOverdue = (accountId: string, cursor: string, signal?: AbortSignal) =>
  answer(
    api.GET('/api/v1/reports/desk/overdue', {
      params: { query: filled({ account_id: accountId || undefined, cursor: cursor || undefined, limit: 20 }) },
      signal,
    }),
  )

export type DepartmentReport = Schemas['DepartmentReport']
export type DepartmentFigures = Schemas['DepartmentFigures']
export type EscalationFigures = Schemas['EscalationFigures']

/** Which figures of the departments. */
export interface DepartmentQuery {
  from: string
  to: string
  account_id?: string
  /** only what they lead, or only what they help with */
  part?: 'lead' | 'co'
  /** each alone, without those under it */
  own?: boolean
}

/** What departments were given and how they dealt with it; for who reads reports. */
export const reportDepartments = (query: DepartmentQuery, signal?: AbortSignal) =>
  answer(api.GET('/api/v1/reports/departments', { params: { query: filled(query) }, signal })) as Promise<DepartmentReport>

/** The address of the same figures as a file. */
export function departmentReportUrl(query: DepartmentQuery, format: 'csv' | 'xlsx'): string {
  const params = new URLSearchParams(
    Object.entries({ ...query, format }).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  )
  return `${base}/reports/departments?${params}`
}

export type TopicReport = Schemas['TopicReport']
export type Topic = Schemas['Topic']

/** What citizens ask most; for who reads reports. */
export const reportTopics = (days: { from: string; to: string }, accountId: string, signal?: AbortSignal) =>
  answer(
    api.GET('/api/v1/reports/topics', {
      params: { query: filled({ ...days, account_id: accountId || undefined }) },
      signal,
    }),
  ) as Promise<TopicReport>

export type Board = Schemas['Board']
export type BoardHolder = Schemas['BoardHolder']

/** How the desk stands now; for who reads reports. */
export const reportBoard = (signal?: AbortSignal) => answer(api.GET('/api/v1/reports/board', { signal })) as Promise<Board>
