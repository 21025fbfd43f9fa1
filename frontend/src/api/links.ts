import { answer, answerAboutSession, api, type Schemas } from './client'
import type { Session } from './session'

export type LinkView = Schemas['LinkView']
export type CodeSent = Schemas['CodeSent']
export type Link = Schemas['Link']

/** Where a link leads; nobody has to be signed in. */
export const lookAtLink = (token: string): Promise<LinkView> =>
  answerAboutSession(api.POST('/api/v1/links/look', { body: { token } }))

/** Sends a code to the person the link was made for. */
export const sendCode = (token: string): Promise<CodeSent> =>
  answerAboutSession(api.POST('/api/v1/links/code', { body: { token } }))

/** A session that reaches the link's escalation alone. */
export const openLink = (token: string, code: string): Promise<Session> =>
  answerAboutSession(api.POST('/api/v1/links/session', { body: { token, code } }))

export const linksTo = (escalationId: string, signal?: AbortSignal) =>
  answer(api.GET('/api/v1/escalations/{id}/links', { params: { path: { id: escalationId } }, signal }))

/** A code for the link's person, who is told it by phone; it is shown this once. */
export const tellCode = (escalationId: string, linkId: string): Promise<Schemas['ToldCode']> =>
  answer(
    api.POST('/api/v1/escalations/{id}/links/code', {
      params: { path: { id: escalationId } },
      body: { link_id: linkId },
    }),
  )

export const revokeLinks = (escalationId: string) =>
  answer(api.POST('/api/v1/escalations/{id}/links/revoke', { params: { path: { id: escalationId } } }))
