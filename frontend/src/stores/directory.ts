import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'
import { listAccounts, type Account } from '@/api/accounts'
import { listTeamNames } from '@/api/teams'
import { listDepartments, listUsers, type Department, type User } from '@/api/users'
import { useSession } from './session'

/** The names that menus and filters offer: colleagues, departments, accounts. */
export const useDirectory = defineStore('directory', () => {
  const session = useSession()
  const users = shallowRef<User[]>([])
  const departments = shallowRef<Department[]>([])
  const accounts = shallowRef<Account[]>([])
  const teams = shallowRef<{ id: string; name: string }[]>([])
  let loaded: Promise<void> | undefined

  /** Those a ticket may be given to. */
  const assignable = computed(() =>
    users.value.filter((user) => user.active && user.role !== 'liaison'),
  )

  /** Loads once; what the role may not read stays empty. */
  function ensure(): Promise<void> {
    loaded ??= reload()
    return loaded
  }

  async function reload(): Promise<void> {
    const [people, places, channels, groups] = await Promise.allSettled([
      session.can('users.read') ? listUsers() : undefined,
      listDepartments(),
      session.can('accounts.read') ? listAccounts() : undefined,
      session.can('tickets.work') ? listTeamNames() : undefined,
    ])
    if (people.status === 'fulfilled' && people.value) users.value = people.value
    if (places.status === 'fulfilled') departments.value = places.value.items
    if (channels.status === 'fulfilled' && channels.value) accounts.value = channels.value
    if (groups.status === 'fulfilled' && groups.value) teams.value = groups.value
    // What failed is asked for again the next time a menu opens.
    if ([people, places, channels, groups].some((r) => r.status === 'rejected')) loaded = undefined
  }

  function forget(): void {
    loaded = undefined
    users.value = []
    departments.value = []
    accounts.value = []
    teams.value = []
  }

  return { users, departments, accounts, teams, assignable, ensure, reload, forget }
})
