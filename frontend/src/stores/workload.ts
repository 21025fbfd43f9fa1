import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import { ownWorkload, takeWork, type Workload } from '@/api/teams'

/** Whether the signed-in person is given tickets by the desk itself. */
export const useWorkload = defineStore('workload', () => {
  const own = shallowRef<Workload>()

  /** Reads it; what is shown stays when that fails. */
  async function load(): Promise<void> {
    own.value = await ownWorkload().catch(() => own.value)
  }

  /** Turns it; the error says why it stays as it was. */
  async function take(taking: boolean): Promise<void> {
    own.value = await takeWork(taking)
  }

  function forget(): void {
    own.value = undefined
  }

  return { own, load, take, forget }
})
