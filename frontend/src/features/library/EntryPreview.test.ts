import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Permission } from '@/api/session'
import { makeSession } from '@/testing/make'
import { mount } from '@/testing/mount'
import { fakeServer, flush, Problem } from '@/testing/server'
import { useSession } from '@/stores/session'
import { emptyContent } from './content'
import EntryPreview from './EntryPreview.vue'

let mounted: Awaited<ReturnType<typeof mount>> | undefined

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
  useSession().current = makeSession()
})
afterEach(() => {
  mounted?.unmount()
  vi.useRealTimers()
})

const told = { text: '到派出所。', size: 30, most: 2048, left_out: [], menu: '', served: true }
const account = (id: string, enabled: boolean, departments: string[] = []) => ({
  id,
  name: `账号${id}`,
  bot: { enabled, departments },
})

async function shown(preview: object, accounts: object[] = []) {
  const server = fakeServer({
    'GET /accounts': { items: accounts, next_cursor: '' },
    'POST /faq/preview': preview,
  })
  const entry = {
    ...emptyContent(),
    question: '居住证怎么办',
    answer: '到派出所。',
    department: '公安局',
  }
  mounted = await mount(EntryPreview, { entry })
  await vi.advanceTimersByTimeAsync(0)
  await flush()
  await vi.advanceTimersByTimeAsync(300)
  await flush()
  return { server, text: () => mounted!.root.textContent }
}

describe('the preview of an entry', () => {
  it('shows what the server would send and the menu', async () => {
    const { text } = await shown({ ...told, text: '到派出所。\n\n请评价', menu: '请选：\n1. 居住证怎么办' })
    expect(text()).toContain('到派出所。\n\n请评价')
    expect(text()).not.toContain('请选')
    mounted!.find<HTMLInputElement>('input[value="menu"]').click()
    await flush()
    expect(text()).toContain('请选：\n1. 居住证怎么办')
    expect(mounted!.root.querySelector('[data-testid="preview-warning"]')).toBeNull()
  })

  it('asks for an account whose bot gives this answer', async () => {
    const accounts = [account('1', false), account('2', true, ['教育局']), account('3', true, ['公安局'])]
    const { server } = await shown(told, accounts)
    expect(server.last('POST /faq/preview')?.body).toMatchObject({ account_id: '3', answer: '到派出所。' })
  })

  it.each([
    [['vote'], '会略去评价提示。'],
    [['vote', 'link'], '会略去评价提示和办理入口。'],
  ])('says what is left out: %s', async (left_out, words) => {
    const { text } = await shown({ ...told, size: 2100, left_out })
    expect(text()).toContain(`共 2100 字节，超过一条的 2048 字节，发送时${words}`)
  })

  it('says when the platform takes none so long', async () => {
    const { text } = await shown({ ...told, text: '', size: 3000, left_out: ['vote', 'link'] })
    expect(text()).toContain('机器人发不出去，会转人工')
    expect(text()).not.toContain('标准答案会显示在这里')
  })

  it('says when the account does not answer for the department', async () => {
    const { text } = await shown({ ...told, served: false }, [account('2', true, ['教育局'])])
    expect(text()).toContain('“账号2”的机器人不答复这个单位的问题（公安局）')
  })

  it('can be asked again when it failed', async () => {
    const { server, text } = await shown(new Problem(503, { code: 'unavailable' }))
    expect(text()).toContain('预览没有加载出来')
    server.on('POST /faq/preview', told)
    mounted!.find<HTMLButtonElement>('[role="status"] button').click()
    await flush()
    expect(text()).not.toContain('预览没有加载出来')
    expect(text()).toContain('到派出所。')
  })

  it('names no account to who may not read them', async () => {
    useSession().current = { ...makeSession(), permissions: ['library.read'] as Permission[] }
    const { server } = await shown(told, [account('1', true)])
    expect(server.calls.map(({ path }) => path)).not.toContain('/accounts')
    expect(server.last('POST /faq/preview')?.body).not.toHaveProperty('account_id')
  })
})
