import { answer, answerAboutSession, api, type Schemas } from './client'

export type Session = Schemas['Session']
export type Role = Session['user']['role']
export type Permission = Session['permissions'][number]
/** What a desk may be set up for. */
export type Feature = keyof Session['features']

const path = '/api/v1/session'

/** Who is signed in; undefined when nobody is. */
export const getSession = (signal?: AbortSignal): Promise<Session | undefined> =>
  answerAboutSession(api.GET(path, { params: { query: { optional: true } }, signal }))

export const signIn = (username: string, password: string): Promise<Session> =>
  answerAboutSession(api.POST(path, { body: { username, password } }))

export const signOut = () => answerAboutSession(api.DELETE(path))

export const changePassword = (old: string, next: string) =>
  answer(api.POST('/api/v1/session/password', { body: { old, new: next } }))
