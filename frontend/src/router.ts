import { createRouter, createWebHistory } from 'vue-router'
import type { Feature, Permission } from '@/api/session'
import { useSession } from '@/stores/session'

declare module 'vue-router' {
  interface RouteMeta {
    /** locale key of the page's title */
    title?: string
    /** shown without signing in */
    open?: boolean
    /** what the role must allow, all of it */
    needs?: Permission | readonly Permission[]
    /** what the desk must be set up for */
    feature?: Feature
  }
}

/** Who leads others knows who is who; who only assigns tickets reads names in a menu. */
export const leads = ['users.read', 'replies.approve'] as const satisfies readonly Permission[]

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    {
      path: '/signin',
      name: 'signin',
      component: () => import('@/features/signin/SignInPage.vue'),
      meta: { open: true, title: 'signin.title' },
    },
    {
      path: '/l/:token',
      name: 'link',
      component: () => import('@/features/liaison/LinkPage.vue'),
      meta: { open: true, title: 'link.title' },
    },
    {
      path: '/linked/:id',
      name: 'linked',
      component: () => import('@/features/liaison/LinkedPage.vue'),
      meta: { title: 'nav.liaison', needs: 'escalations.answer' },
    },
    {
      path: '/wall',
      name: 'wall',
      component: () => import('@/features/board/WallPage.vue'),
      meta: { title: 'board.wall.title', needs: 'reports.read' },
    },
    {
      path: '/',
      component: () => import('@/features/shell/AppShell.vue'),
      children: [
        { path: '', redirect: '/inbox' },
        {
          path: 'inbox/:id?',
          name: 'inbox',
          component: () => import('@/features/inbox/InboxPage.vue'),
          meta: { title: 'nav.inbox', needs: 'tickets.read' },
        },
        {
          path: 'approvals',
          name: 'approvals',
          component: () => import('@/features/approvals/ApprovalsPage.vue'),
          meta: { title: 'nav.approvals', needs: 'replies.approve' },
        },
        {
          path: 'follow-ups',
          name: 'followUps',
          component: () => import('@/features/followups/FollowUpsPage.vue'),
          meta: { title: 'nav.followUps', needs: 'tickets.work' },
        },
        {
          path: 'escalations',
          name: 'escalations',
          component: () => import('@/features/escalations/EscalationsPage.vue'),
          meta: { title: 'nav.escalations', needs: 'tickets.work' },
        },
        { path: 'rules', name: 'rules', redirect: { name: 'words' } },
        {
          path: 'rules/words',
          name: 'words',
          component: () => import('@/features/rules/WordsPage.vue'),
          meta: { title: 'rules.page.words', needs: 'policies.manage' },
        },
        {
          path: 'rules/approvals',
          name: 'approvalRules',
          component: () => import('@/features/rules/ApprovalRulesPage.vue'),
          meta: { title: 'rules.page.approvalRules', needs: 'policies.manage' },
        },
        {
          path: 'rules/routing',
          name: 'routing',
          component: () => import('@/features/rules/RoutingPage.vue'),
          meta: { title: 'rules.page.routing', needs: 'policies.manage' },
        },
        {
          path: 'rules/alerts',
          name: 'alerts',
          component: () => import('@/features/rules/AlertsPage.vue'),
          meta: { title: 'rules.page.alerts', needs: ['policies.manage', 'tickets.work'] },
        },
        {
          path: 'rules/record',
          name: 'checkHits',
          component: () => import('@/features/rules/HitsPage.vue'),
          meta: { title: 'rules.page.checkHits', needs: 'policies.manage' },
        },
        {
          path: 'rules/templates',
          name: 'templates',
          component: () => import('@/features/rules/TemplatesPage.vue'),
          meta: { title: 'rules.page.templates', needs: 'templates.manage' },
        },
        {
          path: 'liaison',
          name: 'liaison',
          component: () => import('@/features/liaison/LiaisonPage.vue'),
          meta: { title: 'nav.liaison', needs: 'escalations.answer' },
        },
        {
          path: 'liaison/:id',
          name: 'escalation',
          component: () => import('@/features/liaison/EscalationPage.vue'),
          meta: { title: 'nav.liaison', needs: 'escalations.answer' },
        },
        {
          path: 'library',
          name: 'library',
          component: () => import('@/features/library/LibraryPage.vue'),
          meta: { title: 'nav.library', needs: 'library.read' },
        },
        {
          path: 'library/gaps/:id?',
          name: 'gaps',
          component: () => import('@/features/library/gaps/GapsPage.vue'),
          meta: { title: 'gaps.title', needs: 'library.edit' },
        },
        {
          path: 'library/figures',
          name: 'figures',
          component: () => import('@/features/library/figures/FiguresPage.vue'),
          meta: { title: 'figures.title', needs: 'replies.approve' },
        },
        {
          path: 'library/:id',
          name: 'entry',
          component: () => import('@/features/library/EntryPage.vue'),
          meta: { title: 'nav.library', needs: 'library.read' },
        },
        {
          path: 'accounts',
          name: 'accounts',
          component: () => import('@/features/accounts/AccountsPage.vue'),
          meta: { title: 'nav.accounts', needs: 'accounts.read' },
        },
        {
          path: 'accounts/:id/bot',
          name: 'bot',
          component: () => import('@/features/accounts/bot/BotPage.vue'),
          meta: { title: 'bot.title', needs: 'accounts.manage' },
        },
        {
          path: 'notices/:tab?',
          name: 'notices',
          component: () => import('@/features/notices/NoticesPage.vue'),
          meta: { title: 'notices.title' },
        },
        {
          path: 'users',
          name: 'users',
          component: () => import('@/features/users/UsersPage.vue'),
          meta: { title: 'nav.users', needs: leads },
        },
        {
          path: 'settings/clocks',
          name: 'clocks',
          component: () => import('@/features/clocks/ClocksPage.vue'),
          meta: { title: 'clocks.title', needs: 'policies.manage' },
        },
        {
          path: 'teams',
          name: 'teams',
          component: () => import('@/features/teams/TeamsPage.vue'),
          meta: { title: 'nav.teams', needs: 'teams.manage' },
        },
        {
          path: 'departments',
          name: 'departments',
          component: () => import('@/features/departments/DepartmentsPage.vue'),
          meta: { title: 'nav.departments', needs: 'departments.manage' },
        },
        {
          path: 'operations',
          name: 'operations',
          component: () => import('@/features/operations/OperationsPage.vue'),
          meta: { title: 'nav.operations', needs: 'operations.manage' },
        },
        {
          path: 'audit',
          name: 'audit',
          component: () => import('@/features/audit/AuditPage.vue'),
          meta: { title: 'nav.audit', needs: 'audit.read' },
        },
        {
          path: 'board',
          name: 'board',
          component: () => import('@/features/board/BoardPage.vue'),
          meta: { title: 'nav.board', needs: 'reports.read' },
        },
        {
          path: 'reports',
          name: 'reports',
          component: () => import('@/features/reports/ReportsPage.vue'),
          meta: { title: 'nav.reports', needs: 'reports.read' },
        },
        {
          path: 'reports/hotspot',
          name: 'hotspot',
          component: () => import('@/features/reports/HotspotPage.vue'),
          meta: { title: 'hotspots.one', needs: 'reports.read' },
        },
        {
          path: 'reports/sheet',
          name: 'reportSheet',
          component: () => import('@/features/reports/SheetPage.vue'),
          meta: { title: 'nav.reports', needs: 'reports.read' },
        },
        {
          path: ':rest(.*)*',
          name: 'missing',
          component: () => import('@/features/shell/MissingPage.vue'),
          meta: { title: 'missing.title' },
        },
      ],
    },
  ],
})

router.beforeEach(async (to) => {
  const session = useSession()
  if (!session.current && !(to.meta.open && session.asked)) {
    // A server that cannot be asked throws: App shows the fault with a retry.
    const signedIn = await session.load()
    if (!signedIn && !to.meta.open) {
      return { name: 'signin', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
    }
  }
  // A session that a link opened has one page, and the way to a whole session.
  if (session.linked && !['linked', 'link', 'signin'].includes(String(to.name))) {
    return { name: 'linked', params: { id: session.linked } }
  }
  if (session.current && !session.linked) {
    if (to.name === 'signin') return '/'
    if (to.name === 'linked') return { name: 'escalation', params: to.params }
  }
  // Who works for a department has a page of their own for what the desk gave it.
  if (to.name === 'inbox' && session.can('escalations.answer')) {
    return { name: 'liaison', query: to.params.id ? { ticket: to.params.id } : {} }
  }
  const { needs = [], feature } = to.meta
  if (![needs].flat().every(session.can) || (feature && !session.has(feature)))
    return { name: 'missing', params: { rest: ['-'] } }
  return true
})
