import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { setCsrf } from '@/api/client'
import * as api from '@/api/session'
import { openLink } from '@/api/links'
import { setServerTime } from '@/lib/now'

/** Who is signed in and what the role allows. */
export const useSession = defineStore('session', () => {
  const current = ref<api.Session>()
  /** whether the server has been asked at least once */
  const asked = ref(false)
  const user = computed(() => current.value?.user)
  const me = computed(() => current.value?.user.id ?? '')

  function take(session: api.Session): void {
    current.value = session
    setCsrf(session.csrf)
    setServerTime(session.server_time)
  }

  /** Asks who is signed in; false when nobody. Throws when the server cannot be asked. */
  async function load(): Promise<boolean> {
    const session = await api.getSession()
    asked.value = true
    if (session) take(session)
    else forget()
    return session !== undefined
  }

  async function signIn(username: string, password: string): Promise<void> {
    take(await api.signIn(username, password))
  }

  /** Starts the session a link opens for who has its code. */
  async function follow(token: string, code: string): Promise<void> {
    take(await openLink(token, code))
  }

  async function signOut(): Promise<void> {
    try {
      await api.signOut()
    } finally {
      forget()
    }
  }

  function forget(): void {
    current.value = undefined
    setCsrf('')
  }

  const can = (permission: api.Permission): boolean =>
    current.value?.permissions.includes(permission) ?? false
  /** Whether this desk is set up for it. */
  const has = (feature: api.Feature): boolean => current.value?.features[feature] ?? false

  /** The escalation that is all a session reaches which a link opened; empty for every other. */
  const linked = computed(() => current.value?.escalation_id ?? '')

  return { current, asked, user, me, linked, follow, load, signIn, signOut, forget, can, has }
})
