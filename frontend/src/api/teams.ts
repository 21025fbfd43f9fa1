import { answer, api, type Schemas } from './client'

export type Team = Schemas['Team']
export type Workload = Schemas['Workload']
export type AssignMode = Team['mode']
export type TeamFields = Schemas['TeamFields']

export const assignModes: readonly AssignMode[] = ['round_robin', 'least_loaded', 'manual']

const of = (id: string) => ({ path: { id } })

export const listTeams = async (signal?: AbortSignal): Promise<Team[]> =>
  (await answer(api.GET('/api/v1/teams', { signal }))).items

/** The names of the teams, for who may not see more of them. */
export const listTeamNames = async (signal?: AbortSignal): Promise<Schemas['Ref'][]> =>
  (await answer(api.GET('/api/v1/teams/names', { signal }))).items

export const addTeam = (body: TeamFields) => answer(api.POST('/api/v1/teams', { body }))

export const changeTeam = (id: string, body: TeamFields) =>
  answer(api.PATCH('/api/v1/teams/{id}', { params: of(id), body }))

export const deleteTeam = (id: string) =>
  answer(api.DELETE('/api/v1/teams/{id}', { params: of(id) }))

/** Everybody who may be given tickets. */
export const listWorkloads = async (signal?: AbortSignal): Promise<Workload[]> =>
  (await answer(api.GET('/api/v1/workloads', { signal }))).items

export const changeWorkload = (id: string, body: { capacity?: number; taking?: boolean }) =>
  answer(api.PATCH('/api/v1/workloads/{id}', { params: of(id), body }))

export const ownWorkload = (signal?: AbortSignal) =>
  answer(api.GET('/api/v1/workload', { signal }))

/** Says whether the signed-in person is given tickets from now on. */
export const takeWork = (taking: boolean) =>
  answer(api.PATCH('/api/v1/workload', { body: { taking } }))
