import { defineStore } from 'pinia'
import { computed, reactive, ref, watch } from 'vue'
import { readJson, writeJson } from '@/lib/storage'

export type Theme = 'light' | 'dark' | 'system'
export type Locale = 'zh' | 'en'

interface Saved {
  theme: Theme
  locale: Locale
  largeText: boolean
  singleKeys: boolean
  /** notices may pop up outside the page */
  browserNotices: boolean
}

const key = 'desk.settings'

/** What a person chose for this browser; public/theme.js reads it before the first paint. */
export const useSettings = defineStore('settings', () => {
  const fallback: Saved = { theme: 'system', locale: 'zh', largeText: false, singleKeys: true, browserNotices: false }
  const values = reactive<Saved>({
    ...fallback,
    ...readJson<Partial<Saved>>(() => localStorage, key, {}),
  })

  const media = window.matchMedia('(prefers-color-scheme: dark)')
  const systemDark = ref(media.matches)
  media.addEventListener('change', (event) => (systemDark.value = event.matches))

  const dark = computed(() =>
    values.theme === 'system' ? systemDark.value : values.theme === 'dark',
  )

  watch(values, () => writeJson(() => localStorage, key, values))

  return { values, dark }
})
