import { answer, api, filled, type Schemas } from './client'

export type Policy = Schemas['Policy']
export type PolicyMatch = Schemas['PolicyMatch']
export type Plan = Schemas['Plan']
export type PlanStep = Schemas['PlanStep']
export type PlanRole = PlanStep['roles'][number]
export type ClockName = Policy['clock']
export type Explanation = Schemas['PolicyExplanation']
export type Calendars = Schemas['CalendarList']
export type Calendar = Schemas['Calendar']
export type CalendarDay = Schemas['CalendarDay']

export const clockNames: readonly ClockName[] = [
  'first_reply',
  'next_reply',
  'sign',
  'department',
  'review',
]
export const planRoles: readonly PlanRole[] = [
  'assignee',
  'supervisor',
  'department',
  'department_head',
  'duty',
]

const of = (id: string) => ({ path: { id } })

/** Every policy, the most specific first. */
export const listPolicies = async (signal?: AbortSignal): Promise<Policy[]> =>
  (await answer(api.GET('/api/v1/policies', { signal }))).items

export type PolicyInput = Pick<Policy, 'name' | 'clock' | 'enabled' | 'match' | 'plan'>

export const createPolicy = (body: PolicyInput): Promise<Policy> =>
  answer(api.POST('/api/v1/policies', { body }))

export const updatePolicy = (id: string, body: PolicyInput): Promise<Policy> =>
  answer(api.PATCH('/api/v1/policies/{id}', { params: of(id), body }))

export const deletePolicy = (id: string) =>
  answer(api.DELETE('/api/v1/policies/{id}', { params: of(id) }))

/** Which policy a clock would get, and when it would be due; at: "" for now. */
export const explainPolicy = (
  clock: ClockName,
  match: PolicyMatch,
  at: string,
): Promise<Explanation> =>
  answer(api.POST('/api/v1/policies/explain', { body: { clock, ...match, ...filled({ at }) } }))

export const listCalendars = (signal?: AbortSignal): Promise<Calendars> =>
  answer(api.GET('/api/v1/calendars', { signal }))

export const calendarDays = async (
  id: string,
  year: number,
  signal?: AbortSignal,
): Promise<CalendarDay[]> =>
  (
    await answer(
      api.GET('/api/v1/calendars/{id}/days', { params: { ...of(id), query: { year } }, signal }),
    )
  ).items

export type CalendarWindow = Schemas['CalendarWindow']
export type HolidayDay = Schemas['HolidayDay']
export type CalendarInput = Pick<Calendar, 'name' | 'windows' | 'holidays'>

export const createCalendar = (code: string, body: CalendarInput): Promise<Calendar> =>
  answer(api.POST('/api/v1/calendars', { body: { code, ...body } }))

export const updateCalendar = (id: string, body: CalendarInput): Promise<Calendar> =>
  answer(api.PATCH('/api/v1/calendars/{id}', { params: of(id), body }))

/** Stores the announced days of a year, instead of those that were there. */
export const setYear = (year: number, days: HolidayDay[]): Promise<Calendars> =>
  answer(api.POST('/api/v1/calendars/years', { body: { year, days } }))
