import { ApiError } from '@/api/client'

type Translate = (key: string, values?: Record<string, unknown>) => string
type Exists = (key: string) => boolean

/**
 * One sentence for a person. The finer reason wins; invalid input and conflicts
 * say what the server says of them, everything else is translated by its code.
 */
export function errorText(error: unknown, t: Translate, te: Exists): string {
  if (!(error instanceof ApiError)) return t('error.internal')
  const reason = `error.reason.${error.reason}`
  if (error.reason && te(reason)) return t(reason)
  if ((error.code === 'invalid' || error.code === 'conflict') && error.detail) return error.detail
  if (error.code === 'rate_limited' && error.retryAfter > 0) {
    return t('error.rate_limited_for', { seconds: error.retryAfter })
  }
  const code = `error.${error.code}`
  return te(code) ? t(code) : error.detail || t('error.internal')
}

/**
 * Like errorText, but a refusal with a reason is told in the server's own sentence
 * to who reads its language: it may say more than the reason does.
 */
export function refusalText(error: unknown, t: Translate, te: Exists, locale: string): string {
  if (locale === 'zh' && error instanceof ApiError && error.reason && error.detail) {
    return error.detail
  }
  return errorText(error, t, te)
}

/** Messages by field name of a form error; a prefix such as "settings." is kept. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof ApiError)) return {}
  return Object.fromEntries(error.fields.map((field) => [field.name, field.message]))
}
