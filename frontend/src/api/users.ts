import { allPages, call, type Page } from './client'
import type { Ref } from './refs'
import type { Role } from './session'

export const roles: Role[] = ['admin', 'supervisor', 'staff', 'liaison']

export interface User {
  id: string
  username: string
  name: string
  role: Role
  department?: Ref | null
  all_accounts: boolean
  account_ids: string[] | null
  active: boolean
  created_at: string
  last_seen_at?: string | null
}

export interface UserInput {
  username?: string
  name?: string
  role?: Role
  password?: string
  department_id?: string
  all_accounts?: boolean
  account_ids?: string[]
  active?: boolean
}

export const listUsers = (signal?: AbortSignal) =>
  allPages((cursor) => call<Page<User>>('GET', '/users', { query: { limit: 200, cursor }, signal }))
export const createUser = (body: UserInput) => call<User>('POST', '/users', { body })
export const updateUser = (id: string, body: UserInput) =>
  call<User>('PATCH', `/users/${id}`, { body })

export interface Department {
  id: string
  code: string
  name: string
  short_name: string
}

export const listDepartments = (signal?: AbortSignal) =>
  call<{ items: Department[] }>('GET', '/departments', { signal })
