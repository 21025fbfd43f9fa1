import { createPinia } from 'pinia'
import { createApp } from 'vue'
import { whenSignedOut } from '@/api/client'
import App from './App.vue'
import { i18n, setLocale } from './i18n'
import { startClock } from './lib/now'
import { router } from './router'
import { useSession } from './stores/session'
import { useSettings } from './stores/settings'
import './styles/main.css'

const app = createApp(App)
app.use(createPinia())
app.use(i18n)

const session = useSession()
whenSignedOut(() => {
  session.forget()
  const here = router.currentRoute.value
  if (!here.meta.open) void router.replace({ name: 'signin', query: { next: here.fullPath } })
})

startClock()
void setLocale(useSettings().values.locale).finally(() => {
  app.use(router)
  app.mount('#app')
})
