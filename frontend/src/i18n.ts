import { createI18n } from 'vue-i18n'
import zh from './locales/zh.json'
import type { Locale } from './stores/settings'

// Chinese is in the entry, English is loaded when chosen. Messages are
// compiled without eval, so the strict content security policy holds.
export const i18n = createI18n<[typeof zh], Locale, false>({
  legacy: false,
  locale: 'zh',
  fallbackLocale: 'zh',
  messages: { zh } as never,
  missingWarn: false,
  fallbackWarn: false,
})

export async function setLocale(locale: Locale): Promise<void> {
  const { global } = i18n
  if (locale === 'en' && !global.availableLocales.includes('en')) {
    global.setLocaleMessage('en', (await import('./locales/en.json')).default)
  }
  global.locale.value = locale
  document.documentElement.lang = locale === 'en' ? 'en' : 'zh-CN'
}

/** Translates outside of components. */
export const t = (key: string, values: Record<string, unknown> = {}): string =>
  i18n.global.t(key, values)

export const te = (key: string): boolean => i18n.global.te(key) || i18n.global.te(key, 'zh')
