// A model writes from the library, a person decides: nothing it wrote reaches a
// citizen otherwise.
import { expectAccessible } from './support/axe.ts'
import { draftingDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'
import { gate, says } from './support/model.ts'

const desk = draftingDesk()
const pieces = ['您好，申领居住证请携带', '身份证和居住地证明', '，到就近派出所办理。[1]']
const answer = '您好，申领居住证请携带身份证和居住地证明，到就近派出所办理。'

test('a draft comes piece by piece, shows its grounds, and leaves only when a person sends it', async ({ visit, phone }) => {
  const citizen = await phone(desk)
  await citizen.becomeNew()
  const question = '外地人怎么申请居住证？我的电话是13800138000'
  await citizen.say(question)
  const id = await desk.ticketOf(question)
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()

  const rest = gate()
  desk.model.play = async (model) => {
    model.say(pieces[0]!)
    await rest.opened
    model.say(...pieces.slice(1))
    model.end()
  }
  await li.page.keyboard.press('d')
  await expect(li.draft).toBeFocused()
  await expect(li.draft.getByTestId('draft-text')).toHaveText(pieces[0]!)
  await expect(li.draft.getByRole('heading')).toHaveText('模型草稿，须人工审核')
  await expect(li.draft.getByRole('button', { name: '停止' })).toBeVisible()
  await expect(li.draft.getByTestId('draft-adopt')).toHaveCount(0)
  rest.open()
  await expect(li.draft.getByTestId('draft-text')).toHaveText(answer)
  await expect(li.page.getByText('草稿已写好，请审核')).toBeAttached()
  await expect(li.draft).toBeFocused()

  const citation = li.draft.getByTestId('draft-citation')
  await expect(citation).toHaveCount(1)
  await expect(citation).toHaveText(/居住证.*第 \d+ 版/)
  await expect(citation).toHaveAttribute('href', /^\/library\/\d+$/)
  await expect(li.draft).toContainText('发送前已隐去 1 处个人信息')
  await li.draft.getByText('查看发送内容').click()
  const sent = li.draft.getByRole('region', { name: '查看发送内容' })
  await expect(sent).toContainText('外地人怎么申请居住证？我的电话是〔电话1〕')
  expect(desk.model.asked.at(-1)).not.toContain('13800138000')
  // Every word shown was sent, and no other words of the citizen were.
  const messages = (JSON.parse(desk.model.asked.at(-1)!) as { messages: { role: string; content: string }[] }).messages
  expect(await sent.textContent()).toBe(messages.find((message) => message.role === 'user')?.content)

  // A colleague sees it waiting, also after a reload, and the citizen nothing.
  const zhou = new Inbox(await visit(desk, { as: 'zhou.min', path: `/inbox/${id}` }))
  await expect(zhou.replies).toHaveAttribute('data-state', 'in_review')
  await expect(zhou.replies).toContainText('模型草稿，须人工审核')
  await expect(zhou.replies.getByTestId('draft-citation')).toHaveText(/居住证/)
  await zhou.page.reload()
  await expect(zhou.replies.getByTestId('draft-adopt')).toBeVisible()
  await expect(zhou.page.getByText('李敏 请模型起草了答复')).toBeVisible()
  await expect(citizen.answers).toHaveCount(0)

  await li.draft.getByTestId('draft-adopt').click()
  await expect(citizen.answers).toHaveCount(1)
  await expect(citizen.answers).toContainText(answer)
  await expect(li.draft).toHaveCount(0)
  for (const inbox of [li, zhou]) {
    await expect(inbox.replies).toHaveAttribute('data-state', 'sent')
    await expect(inbox.replies.getByTestId('reply-origin')).toHaveText('模型起草，李敏审核')
  }
})

test('a draft is changed in the composer, and what was written before comes back', async ({ visit }) => {
  const { citizen, id } = await desk.ask('居住证怎么办理呢')
  desk.model.play = says(...pieces)
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  await li.composer.fill('稍等，我查一下。')
  await li.page.getByTestId('draft-ask').click()
  await li.draft.getByTestId('draft-revise').click()
  await expect(li.draft).toHaveCount(0)
  await expect(li.composer).toBeFocused()
  await expect(li.composer).toHaveValue(answer)
  await expect(li.page.getByTestId('draft-strip')).toContainText('发送即由您审核通过')

  await li.page.getByTestId('draft-give-up').click()
  await expect(li.composer).toHaveValue('稍等，我查一下。')
  await expect(li.page.getByTestId('draft-strip')).toHaveCount(0)
  await li.replies.getByTestId('draft-revise').click()
  await li.page.reload()
  await li.ready()
  await expect(li.page.getByTestId('draft-strip')).toBeVisible()
  await li.answer('您好，带身份证到就近派出所办理即可。')
  await expect(li.reply('带身份证到就近派出所办理即可')).toHaveAttribute('data-state', 'sent')
  await expect(li.reply('带身份证到就近派出所办理即可').getByTestId('reply-origin')).toHaveText('模型起草，李敏审核')
  await expect(li.composer).toHaveValue('稍等，我查一下。')
  expect(await desk.platform.answers(citizen)).toEqual(['您好，带身份证到就近派出所办理即可。'])
})

test('a draft goes out of date when the citizen writes again, and is written anew', async ({ visit }) => {
  const { citizen, id } = await desk.ask('想办居住证')
  desk.model.play = says(...pieces)
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  await li.page.getByTestId('draft-ask').click()
  await expect(li.draft.getByTestId('draft-adopt')).toBeVisible()
  await desk.platform.tell(citizen, '居住证到期了怎么续签')
  await expect(li.draft.getByTestId('draft-stale')).toContainText(/已过时：\s*市民又发来新消息/)
  await expect(li.draft.getByTestId('draft-adopt')).toHaveCount(0)
  await expect(li.draft.getByTestId('draft-revise')).toHaveCount(0)

  desk.model.play = says('您好，续签请在期满前办理。[1]')
  await li.draft.getByTestId('draft-again').click()
  await expect(li.draft.getByTestId('draft-text')).toHaveText('您好，续签请在期满前办理。')
  await li.draft.getByTestId('draft-adopt').press('Enter')
  await expect(li.reply('续签请在期满前')).toHaveAttribute('data-state', 'sent')
  expect(await desk.platform.answers(citizen)).toEqual(['您好，续签请在期满前办理。'])
})

test('a colleague’s answer puts the draft out of date, also while it is being changed', async ({ visit, watch }) => {
  const { citizen, id } = await desk.ask('居住证在哪里领')
  desk.model.play = says(...pieces)
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  await li.page.getByTestId('draft-ask').click()
  await li.draft.getByTestId('draft-revise').click()
  const zhou = new Inbox(await visit(desk, { as: 'zhou.min', path: `/inbox/${id}` }))
  await zhou.ready()
  await zhou.answer('您好，在申请时的派出所领取。')
  await expect(li.reply('在申请时的派出所领取')).toHaveAttribute('data-state', 'sent')
  await expect(li.page.getByTestId('draft-strip')).toContainText('这条留言已有答复')
  await expect(li.send).toBeDisabled()
  await expect(li.composer).toHaveValue(answer)

  await li.page.getByTestId('draft-own').click()
  // What a model wrote is called so, whoever sends it.
  await expect(li.page.getByTestId('draft-strip')).toHaveCount(1)
  await expect(li.composer).toHaveValue(answer)
  await expect(li.send).toBeEnabled()
  // Nobody has approved it: as it is it goes to another's eyes, or not at all.
  watch.expect(/^answer: 409 POST .*\/replies/)
  await li.send.click()
  await li.page.getByRole('button', { name: '已阅读，仍然发送' }).click()
  await expect(li.page.getByText('不能原样发送')).toBeVisible()
  await li.page.getByRole('button', { name: '其他发送方式' }).click()
  await li.page.getByRole('menuitem', { name: '提交审核' }).click()
  await expect(li.reply(pieces[0]!).last()).toHaveAttribute('data-state', 'in_review')
  expect(await desk.platform.answers(citizen)).toEqual(['您好，在申请时的派出所领取。'])
})

test('writing is stopped with Escape, and nothing is kept', async ({ visit }) => {
  const { citizen, id } = await desk.ask('居住证有什么用处')
  const never = gate()
  desk.model.play = async (model) => {
    model.say(pieces[0]!)
    await Promise.race([never.opened, model.left()])
  }
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  await li.page.getByTestId('draft-ask').click()
  await expect(li.draft.getByTestId('draft-text')).toBeVisible()
  await li.page.keyboard.press('Escape')
  await expect(li.draft).toHaveAttribute('data-status', 'stopped')
  await expect(li.draft.getByTestId('draft-text')).toHaveCount(0)
  await li.page.keyboard.press('Escape')
  await expect(li.draft).toHaveCount(0)
  await expect(li.page.getByTestId('draft-ask')).toBeFocused()
  await expect(li.page).toHaveURL(new RegExp(`/inbox/${id}$`))
  await expect(li.replies).toHaveCount(0)
  expect(await desk.platform.answers(citizen)).toEqual([])
})

test('a draft is turned down with a reason, which everybody reads', async ({ visit }) => {
  const { citizen, id } = await desk.ask('居住证办理要多少钱')
  desk.model.play = says(...pieces)
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  await li.page.getByTestId('draft-ask').click()
  await li.draft.getByTestId('draft-reject').click()
  const dialog = li.page.getByRole('dialog', { name: '不采用这份草稿' })
  await expect(dialog.getByRole('button', { name: '不采用', exact: true })).toBeDisabled()
  await dialog.getByRole('button', { name: '答非所问' }).click()
  await dialog.getByRole('button', { name: '不采用', exact: true }).click()
  await expect(li.draft).toHaveCount(0)
  await expect(li.replies).toHaveAttribute('data-state', 'rejected')
  await expect(li.replies).toContainText('李敏 未采用：答非所问')
  expect(await desk.platform.answers(citizen)).toEqual([])
})

test('why there is no draft is told, with what to do next', async ({ visit }) => {
  const { id } = await desk.ask('居住证能网上办吗')
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()

  desk.model.play = (model) => model.fail(500)
  await li.page.getByTestId('draft-ask').click()
  await expect(li.draft.getByRole('alert')).toHaveText('模型服务暂时不可用，请稍后再试')
  desk.model.play = says('请拨打 13900001111 咨询。[1]')
  await li.draft.getByTestId('draft-step-again').click()
  await expect(li.draft.getByRole('alert')).toHaveText('草稿中有知识条目里没有的号码，未被采用，请人工撰写')
  await expect(li.draft.getByTestId('draft-text')).toHaveCount(0)
  desk.model.play = says('NO_ANSWER')
  await li.draft.getByTestId('draft-step-again').click()
  await expect(li.draft.getByRole('alert')).toHaveText('知识库中没有可以依据的内容，请人工撰写')
  await li.draft.getByTestId('draft-step-library').click()
  await expect(li.draft).toHaveCount(0)
  await expect(li.page.getByRole('dialog', { name: '插入知识' })).toBeVisible()
})

interface Figures {
  model: string
  asked: number
  written: number
  accepted: number
  edited: number
  rejected: number
  refused: number
  failed: number
  tokens_out: number
}

test('the supervisor sees how the drafts fared', async ({ visit }) => {
  const [li, zhou] = [await desk.as('li.min'), await desk.as('zhou.min')]
  const figures = async () =>
    (await zhou.get<{ items: Figures[] }>('/reports/drafts')).items[0] ??
    { asked: 0, written: 0, accepted: 0, edited: 0, rejected: 0, refused: 0, failed: 0, tokens_out: 0 }
  const before = await figures()
  const draft = async (question: string) => {
    const { id } = await desk.ask(question)
    return li.post<{ reply: { id: string } }>(`/tickets/${id}/drafts`)
  }
  desk.model.play = says(...pieces)
  await li.post(`/replies/${(await draft('居住证办理材料有哪些')).reply.id}/approve`)
  await li.post(`/replies/${(await draft('居住证怎么申请')).reply.id}/approve`, { text: `${answer}祝好！` })
  await li.post(`/replies/${(await draft('居住证到哪办')).reply.id}/reject`, { reason: '答非所问' })
  desk.model.play = says('NO_ANSWER')
  await expect(draft('居住证是什么')).rejects.toThrow('no_grounds')
  desk.model.play = (model) => model.fail(500)
  await expect(draft('居住证几天能拿到')).rejects.toThrow('model_down')

  const page = await visit(desk, { as: 'zhou.min' })
  await page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '报表' }).click()
  const row = page.getByTestId('draft-report-row')
  await expect(row.getByRole('rowheader')).toHaveText('fake-model')
  const cell = (name: string) => row.locator('td').filter({ has: page.getByText(name, { exact: true }) })
  for (const [name, count] of [
    ['请求', before.asked + 5],
    ['写成', before.written + 3],
    ['直接采用', before.accepted + 1],
    ['修改后采用', before.edited + 1],
    ['不采用', before.rejected + 1],
    ['未予起草', before.refused + 1],
    ['出错', before.failed + 1],
  ] as const) {
    await expect(cell(name), name).toHaveText(new RegExp(`^${name}\\s*${count}(\\D|$)`))
  }
  await expect(cell('修改后采用')).toContainText(/平均改动 [1-9]\d?%/)
  await expect(cell('用量（入/出）')).toContainText(` / ${(before.tokens_out + 4 * 80).toLocaleString('en-US')}`)
  await expectAccessible(page, 'reports')
  const folder = process.env.DESK_TEST_PICTURES
  if (folder) await page.screenshot({ path: `${folder}/reports.png` })
  await page.setViewportSize({ width: 390, height: 844 })
  await expectAccessible(page, 'reports on a phone')
  if (folder) await page.screenshot({ path: `${folder}/reports-phone.png` })

  const staff = await visit(desk, { as: 'li.min' })
  await expect(staff.getByRole('link', { name: '知识库' })).toBeVisible()
  await expect(staff.getByRole('link', { name: '报表' })).toHaveCount(0)
  await staff.goto('/reports')
  await expect(staff.getByRole('heading', { name: '这里没有内容' })).toBeVisible()
})

for (const look of [
  { name: 'light', browser: { colorScheme: 'light' } },
  { name: 'dark', browser: { colorScheme: 'dark' } },
  { name: 'phone', browser: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } },
] as const) {
  test(`${look.name}: every look of a draft is accessible`, async ({ visit }) => {
    const { citizen, id } = await desk.ask(`居住证怎么申领 ${look.name}`)
    const rest = gate()
    desk.model.play = async (model) => {
      model.say(...pieces.slice(0, 2))
      await rest.opened
      model.say(pieces[2]!)
      model.end()
    }
    const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}`, browser: look.browser }))
    await li.ready()
    const shoot = async (what: string) => {
      await expectAccessible(li.page, `${look.name}: ${what}`, '[data-testid="thread"]')
      const folder = process.env.DESK_TEST_PICTURES
      if (folder) await li.page.screenshot({ path: `${folder}/draft-${look.name}-${what}.png` })
    }
    await li.page.getByTestId('draft-ask').click()
    await expect(li.draft.getByTestId('draft-text')).toContainText('居住地证明')
    await shoot('writing')
    rest.open()
    await expect(li.draft.getByTestId('draft-adopt')).toBeVisible()
    await expect(li.draft.getByTestId('draft-citation')).toBeVisible()
    await shoot('written')
    await li.draft.getByText('查看发送内容').click()
    await shoot('prompt')
    await li.draft.getByTestId('draft-revise').click()
    await expect(li.replies).toContainText('正在下方答复框中修改')
    await shoot('revising')
    await desk.platform.tell(citizen, '还要照片吗')
    await expect(li.page.getByTestId('draft-own')).toBeVisible()
    await shoot('stale')
  })
}

test('what a draft claims without its grounds is marked, and sent only when confirmed', async ({ visit, watch }) => {
  const { citizen, id } = await desk.ask('居住证怎么办理呀')
  desk.model.play = says('您好，申领居住证请携带身份证，到就近派出所办理', '，办理时不需要任何照片。[1]')
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  await li.page.getByTestId('draft-ask').click()
  await expect(li.draft.getByTestId('draft-doubts')).toContainText('依据中没有这一说法')
  await expect(li.draft.getByTestId('draft-text').locator('mark')).toHaveText('办理时不需要任何照片')
  watch.expect(/^answer: 409 POST .*\/approve/)
  await li.draft.getByTestId('draft-adopt').click()
  await expect(li.draft.getByTestId('draft-adopt')).toHaveText('已核对，发送')
  expect(await desk.platform.answers(citizen)).toHaveLength(0)
  await li.draft.getByTestId('draft-adopt').click()
  await expect(li.replies).toHaveAttribute('data-state', 'sent')
})
