import { getActivePinia, type Pinia } from 'pinia'
import { createApp, nextTick, type Component } from 'vue'
import { i18n } from '@/i18n'

/** Mounts one component with the active stores; unmount removes it again. */
export async function mount(component: Component, props: Record<string, unknown> = {}) {
  const root = document.createElement('div')
  document.body.append(root)
  const app = createApp(component, props)
  app.use(getActivePinia() as Pinia)
  app.use(i18n)
  app.mount(root)
  await nextTick()
  const find = <T extends HTMLElement>(selector: string): T => {
    const element = root.querySelector<T>(selector)
    if (!element) throw new Error(`nothing matches ${selector}`)
    return element
  }
  return {
    root,
    find,
    unmount() {
      app.unmount()
      root.remove()
    },
  }
}
