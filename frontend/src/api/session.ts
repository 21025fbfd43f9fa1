import { call } from './client'
import type { Ref } from './refs'

export type Role = 'admin' | 'supervisor' | 'staff' | 'liaison'

export type Permission =
  | 'tickets.read'
  | 'tickets.work'
  | 'replies.approve'
  | 'library.read'
  | 'library.edit'
  | 'library.publish'
  | 'accounts.manage'
  | 'accounts.read'
  | 'users.manage'
  | 'users.read'
  | 'operations.manage'
  | 'escalations.answer'

export interface Session {
  user: { id: string; username: string; name: string; role: Role; department?: Ref | null }
  permissions: Permission[]
  csrf: string
  server_time: string
}

export const getSession = (signal?: AbortSignal) => call<Session>('GET', '/session', { signal })

export const signIn = (username: string, password: string) =>
  call<Session>('POST', '/session', { body: { username, password } })

export const signOut = () => call<void>('DELETE', '/session')

export const changePassword = (old: string, next: string) =>
  call<void>('POST', '/session/password', { body: { old, new: next } })
