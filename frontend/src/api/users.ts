import { allPages, answer, api, type Schemas } from './client'
import type { Role } from './session'

export type User = Schemas['User']
export type UserInput = Schemas['UserBody']
export type Department = Schemas['Department']

export const roles: readonly Role[] = ['admin', 'supervisor', 'staff', 'liaison']

const pageSize = 200

export const listUsers = (signal?: AbortSignal): Promise<User[]> =>
  allPages((cursor) =>
    answer(
      api.GET('/api/v1/users', {
        params: { query: { limit: pageSize, ...(cursor ? { cursor } : {}) } },
        signal,
      }),
    ),
  )

export const createUser = (body: UserInput): Promise<User> =>
  answer(api.POST('/api/v1/users', { body }))

export const updateUser = (id: string, body: UserInput): Promise<User> =>
  answer(api.PATCH('/api/v1/users/{id}', { params: { path: { id } }, body }))

export type Holding = Schemas['Holding']

/** What others have to take over when this user may work no more. */
export const userHolding = (id: string, signal?: AbortSignal): Promise<Holding> =>
  answer(api.GET('/api/v1/users/{id}/holding', { params: { path: { id } }, signal }))

export const listDepartments = (signal?: AbortSignal) =>
  answer(api.GET('/api/v1/departments', { signal }))
