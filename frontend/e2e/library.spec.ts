// The library: one writes, a second person publishes, and from then on the
// answer stands beside every such question.
import { demoDesk } from './support/desk.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()

test('an entry is written, published, and then suggested', async ({ visit }) => {
  const question = '无人机在哪里可以飞'
  const answer = '您好，除机场净空区和公告的管制区外，微型无人机可在一百二十米以下的适飞空域飞行，起飞前请在“安澜通”查询当天的公告。'
  const li = await visit(desk, { as: 'li.min', path: '/library' })
  await li.getByRole('button', { name: '新建条目' }).click()
  await li.getByLabel('标准问题').fill(question)
  await li.getByRole('button', { name: '添加一行' }).click()
  await li.getByLabel('相似问 1').fill('航拍小飞机哪里不让飞')
  await li.getByLabel('标准答案').fill(answer)
  await li.getByLabel('承办单位').fill('火星局')
  await expect(li.getByText('没有承办单位“火星局”')).toBeVisible()
  await li.getByLabel('承办单位').fill('市公安局')
  await expect(li.getByText('没有承办单位')).toHaveCount(0)
  await li.getByLabel('文号').fill('安公规〔2026〕9 号')
  await li.getByRole('button', { name: '保存', exact: true }).click()
  await expect(li).toHaveURL(/\/library\/\d+$/)
  await expect(li.getByRole('main')).toContainText('草稿')
  // Staff write; another person publishes.
  await expect(li.getByRole('button', { name: '发布' })).toHaveCount(0)

  const { id } = await desk.ask('航拍小飞机哪里不让飞呀')
  const staff = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await staff.ready()
  await expect(staff.suggestions.filter({ hasText: question })).toHaveCount(0)

  await li.getByRole('button', { name: '提交审核' }).click()
  await expect(li.getByTestId('review')).toHaveAttribute('data-state', 'in_review')

  const zhou = await visit(desk, { as: 'zhou.min', path: '/library' })
  await zhou.getByRole('group', { name: '待办筛选' }).getByRole('button', { name: /待审核/ }).click()
  await zhou.getByRole('link', { name: question }).click()
  await expect(zhou.getByTestId('review')).toContainText('李敏')
  await zhou.getByRole('button', { name: '审核通过' }).click()
  await expect(zhou.getByTestId('review')).toHaveCount(0)
  await expect(zhou.getByRole('main')).toContainText('已发布')
  await expect(li.getByRole('main')).toContainText('草稿') // an open editor is not changed under its writer

  const asked = await desk.ask('请问航拍小飞机哪里不让飞')
  await staff.page.goto(`/inbox/${asked.id}`)
  await expect(staff.suggestions.first()).toContainText(question)
  await expect(staff.suggestions.first()).toContainText('安公规〔2026〕9 号')

  await zhou.getByRole('button', { name: '停用' }).click()
  await expect(zhou.getByRole('main')).toContainText('已停用')
  await staff.page.reload()
  await staff.ready()
  await expect(staff.suggestions.first()).toBeVisible()
  await expect(staff.suggestions.filter({ hasText: question })).toHaveCount(0)
})

test('two who edit one entry both keep their words', async ({ visit, watch }) => {
  const editor = await desk.as('zhou.min')
  const { id } = await editor.post<{ id: string }>('/faq/entries', {
    code: '', question: '公园几点关门', similar_questions: [], answer: '晚上十点。', category: '', department: '', document_number: '', service_link: '',
  })
  const path = `/library/${id}`
  const li = await visit(desk, { as: 'li.min', path })
  const zhang = await visit(desk, { as: 'zhang.wei', path })
  await expect(zhang.getByLabel('标准答案')).toHaveValue('晚上十点。')
  await li.getByLabel('标准答案').fill('夏天晚上十点，冬天晚上九点。')
  await li.getByRole('button', { name: '保存', exact: true }).click()
  await expect(li.getByRole('main')).toContainText('第 2 版')

  watch.expect(/^answer: 409 PATCH .*\/faq\/entries\//)
  await zhang.getByLabel('标准答案').fill('晚上十点半。')
  await zhang.getByRole('button', { name: '保存', exact: true }).click()
  const conflict = zhang.getByRole('alert').filter({ hasText: '李敏' })
  await expect(conflict).toContainText('夏天晚上十点，冬天晚上九点。')
  await expect(conflict).toContainText('晚上十点半。')
  await expect(zhang.getByLabel('标准答案')).toHaveValue('晚上十点半。')
  await conflict.getByRole('button', { name: '保存我的为新版本' }).click()
  await expect(zhang.getByRole('main')).toContainText('第 3 版')
  await expect(conflict).toBeHidden()
  const saved = await editor.get<{ answer: string; revision: number }>(`/faq/entries/${id}`)
  expect(saved).toMatchObject({ answer: '晚上十点半。', revision: 3 })

  // Of what citizens read the other person's proposal is shown, not the published text.
  const chief = await desk.as('admin')
  await chief.post(`/faq/entries/${id}/publish`, { revision: 3 })
  for (const page of [li, zhang]) {
    await page.goto(path)
    await expect(page.getByLabel('标准答案')).toHaveValue('晚上十点半。')
  }
  await li.getByLabel('标准答案').fill('夏天十点，冬天九点。')
  await li.getByRole('button', { name: '保存', exact: true }).click()
  await expect(li.getByTestId('review')).toBeVisible()
  await zhang.getByLabel('标准答案').fill('全年十点。')
  await zhang.getByRole('button', { name: '保存', exact: true }).click()
  await expect(conflict).toContainText('夏天十点，冬天九点。')
  await expect(conflict).not.toContainText('晚上十点半。')
  await conflict.getByRole('button', { name: '采用对方的' }).click()
  await expect(zhang.getByLabel('标准答案')).toHaveValue('夏天十点，冬天九点。')
})

test('a change of what citizens read is reviewed, sent back, restored and scheduled', async ({ visit }) => {
  const editor = await desk.as('li.min')
  const { items } = await editor.get<{ items: { id: string; code: string; answer: string }[] }>('/faq/entries?q=HJ-005&limit=5')
  const entry = items.find((item) => item.code === 'HJ-005')!
  const path = `/library/${entry.id}`
  const live = async () => (await editor.get<{ answer: string }>(`/faq/entries/${entry.id}`)).answer
  const li = await visit(desk, { as: 'li.min', path })
  const answer = `${entry.answer}节假日照常受理。`
  await expect(li.getByLabel('标准答案')).toHaveValue(entry.answer)
  await li.getByLabel('标准答案').fill(answer)
  await li.getByRole('button', { name: '保存并提交审核' }).click()
  const mine = li.getByTestId('review')
  await expect(mine).toHaveAttribute('data-state', 'in_review')
  expect(await live()).toBe(entry.answer)

  // The second person sees what would change, and sends it back with a reason.
  const zhou = await visit(desk, { as: 'zhou.min', path })
  await zhou.getByRole('button', { name: '对比现行版本' }).click()
  await expect(zhou.getByTestId('review').locator('ins')).toHaveText('节假日照常受理。')
  await zhou.getByRole('button', { name: '退回', exact: true }).click()
  const dialog = zhou.getByRole('dialog', { name: '退回修改' })
  await dialog.getByLabel('退回原因').fill('请注明节假日的受理时间。')
  await dialog.getByRole('button', { name: '退回' }).click()
  await expect(zhou.getByTestId('review')).toHaveAttribute('data-state', 'rejected')
  await li.reload()
  await expect(mine).toContainText('请注明节假日的受理时间。')

  // Who corrects it is an author, and so is the supervisor who adds a word.
  await zhou.getByLabel('标准答案').fill(`${answer}时间为九点至十二点。`)
  await zhou.getByRole('button', { name: '保存', exact: true }).click()
  await expect(zhou.getByTestId('review')).toContainText('您参与编写了这段内容')
  await expect(zhou.getByRole('button', { name: '发布' })).toHaveCount(0)
  await zhou.getByRole('button', { name: '提交审核' }).click()

  const admin = await visit(desk, { as: 'admin', path })
  await admin.getByRole('button', { name: '定时' }).click()
  const plan = admin.getByRole('dialog', { name: '安排发布时间' })
  const tomorrow = new Date(Date.now() + 24 * 3600_000).toISOString().slice(0, 16)
  await plan.getByLabel('发布时间').fill(tomorrow)
  await plan.getByRole('button', { name: '按时发布' }).click()
  await expect(admin.getByTestId('review')).toHaveAttribute('data-state', 'scheduled')
  expect(await live()).toBe(entry.answer)
  await admin.getByRole('button', { name: '立即发布' }).click()
  await expect(admin.getByTestId('review')).toHaveCount(0)
  expect(await live()).toContain('时间为九点至十二点。')

  await admin.locator('input[type=file]').setInputFiles({ name: '申请表.txt', mimeType: 'text/plain', buffer: Buffer.from('申请人：') })
  const file = admin.getByRole('region', { name: '附件' }).getByRole('link', { name: '申请表.txt' })
  const [saved] = await Promise.all([admin.waitForEvent('download'), file.click()])
  expect(await saved.failure()).toBeNull()
  await admin.getByRole('button', { name: '移除附件 申请表.txt' }).click()
  await expect(file).toHaveCount(0)

  // The first version comes back as a proposal.
  await admin.getByRole('region', { name: '历史版本' }).getByRole('button', { name: /第 1 版/ }).click()
  await admin.getByRole('button', { name: '恢复此版' }).click()
  await expect(admin.getByTestId('review')).toHaveAttribute('data-state', 'draft')
  await expect(admin.getByLabel('标准答案')).toHaveValue(entry.answer)
  await admin.getByRole('button', { name: '放弃修改' }).click()
  await expect(admin.getByTestId('review')).toHaveCount(0)
})

test('who asks the same again is warned, and what ends soon is found', async ({ visit }) => {
  const page = await visit(desk, { as: 'li.min', path: '/library/new' })
  await page.getByLabel('标准问题').fill('请问居住证怎么办理')
  await expect(page.getByTestId('similar')).toContainText('HJ-001')
  await page.getByLabel('标准问题').fill('')
  await expect(page.getByTestId('similar')).toHaveCount(0)
  await page.goto('/library')
  await page.getByRole('button', { name: /30 天内到期/ }).click()
  await expect(page.getByRole('row').filter({ hasText: '房屋抵押登记怎么办' })).toBeVisible()
  await expect(page).toHaveURL(/expiring=30/)
})

test('an import is tried first, tells the bad row, and then takes the good ones', async ({ visit }) => {
  const page = await visit(desk, { as: 'zhou.min', path: '/library' })
  await page.getByRole('button', { name: '导入' }).click()
  const dialog = page.getByRole('dialog', { name: '导入知识条目' })
  const rows = [
    'code,question,similar_questions,answer,category,department,document_number,service_link,valid_from,valid_to',
    'IMP-001,流浪猫狗谁来管,小区流浪狗没人管,您好，请拨打城管热线，工作人员会上门处置。,城管,城市管理局,,,,',
    'IMP-002,,,没有问题的答案。,城管,城市管理局,,,,',
    'IMP-003,绿化带浇水时间,,您好，每天清晨六点前完成。,城管,城市管理局,,,,',
    'IMP-004,还没有答案的问题,,,城管,城市管理局,,,,',
  ]
  await dialog.locator('input[type=file]').setInputFiles({ name: '问答.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n')) })
  const figure = (name: string) => dialog.locator('dl > div').filter({ hasText: name }).locator('dd')
  await expect(figure('新增')).toHaveText('3')
  await expect(figure('有误')).toHaveText('1')
  await expect(dialog.getByRole('listitem')).toHaveText([/第 3 行/])
  await expect(dialog.getByTestId('import-changes').getByRole('row')).toHaveText([/流浪猫狗谁来管/, /绿化带浇水时间/, /还没有答案的问题/])
  // Only tried: nothing is written yet.
  const editor = await desk.as('zhou.min')
  const found = async () => (await editor.get<{ items: unknown[] }>('/faq/entries?q=IMP-001')).items.length
  expect(await found()).toBe(0)

  // A draft may lack its answer; what is to be published may not.
  await dialog.getByRole('checkbox', { name: /^导入后提交审核/ }).check()
  await expect(figure('新增')).toHaveText('2')
  await expect(dialog.getByRole('listitem')).toHaveText([/第 3 行/, /第 5 行/])
  await dialog.getByRole('button', { name: '导入 2 条' }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByText('已导入 2 条，其中 2 条待审核')).toBeVisible()
  expect(await found()).toBe(1)
  const asked = async () =>
    (await editor.get<{ items: { question: string }[] }>('/faq/search?q=小区流浪狗没人管')).items.map((hit) => hit.question)
  expect(await asked()).not.toContain('流浪猫狗谁来管')

  // A second person approves what was imported, all at once.
  const second = await visit(desk, { as: 'admin', path: '/library?category=城管' })
  for (const question of ['流浪猫狗谁来管', '绿化带浇水时间']) {
    await second.getByRole('checkbox', { name: `选择“${question}”` }).check()
  }
  await second.getByTestId('bulk').getByRole('button', { name: '审核通过' }).click()
  await second.getByRole('dialog').getByRole('button', { name: '通过 2 条' }).click()
  await second.getByRole('dialog').getByRole('button', { name: '关闭' }).last().click()
  await expect(second.getByRole('row').filter({ hasText: '流浪猫狗谁来管' })).toContainText('已发布')
  await expect.poll(async () => (await asked())[0]).toBe('流浪猫狗谁来管')
})

test('a question that an entry in use answers is not published a second time', async ({ visit, watch }) => {
  const editor = await desk.as('li.min')
  const first = (await editor.get<{ items: { id: string; code: string; question: string; department: string }[] }>('/faq/entries?q=HJ-002&limit=5')).items.find(
    (item) => item.code === 'HJ-002',
  )!
  const page = await visit(desk, { as: 'li.min', path: '/library/new' })
  await page.getByLabel('标准问题').fill(`${first.question}？`)
  await page.getByLabel('标准答案').fill('另一种说法。')
  const hint = page.getByTestId('similar')
  await expect(hint).toContainText('这一条不能发布')
  await expect(hint.getByRole('listitem').filter({ hasText: 'HJ-002' })).toContainText('与之冲突')
  // Another department answers its own citizens.
  await page.getByLabel('承办单位').fill('另一个局')
  await expect(hint).not.toContainText('这一条不能发布')
  await page.getByLabel('承办单位').fill(first.department)
  await expect(hint).toContainText('这一条不能发布')
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await expect(page).toHaveURL(/\/library\/\d+$/)
  await page.getByRole('button', { name: '提交审核' }).click()
  await expect(page.getByTestId('review')).toHaveAttribute('data-state', 'in_review')

  const chief = await visit(desk, { as: 'zhou.min', path: new URL(page.url()).pathname })
  watch.expect(/^answer: 409 POST .*\/faq\/entries\/\d+\/publish/)
  await chief.getByRole('button', { name: '审核通过' }).click()
  await expect(chief.getByRole('alert')).toContainText('条目 HJ-002')
  await expect(chief.getByTestId('review')).toHaveAttribute('data-state', 'in_review')

  // An import names the row before anything is written.
  await chief.goto('/library')
  await chief.getByRole('button', { name: '导入' }).click()
  const dialog = chief.getByRole('dialog', { name: '导入知识条目' })
  const rows = ['编号,问题,答案,承办单位,失效日期,状态', `NEW-2,${first.question},换一种说法,${first.department},,已发布`, 'HJ-003,,,,,']
  await dialog.locator('input[type=file]').setInputFiles({ name: '重复.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n')) })
  await expect(dialog.getByRole('listitem').filter({ hasText: '第 2 行' })).toContainText('条目 HJ-002')
  await expect(dialog.getByRole('listitem').filter({ hasText: '第 3 行' })).toHaveText(/问题：请填写问题；答案：没有答案的条目不能发布/)
})

test('an empty cell of an import is shown as what it takes away', async ({ visit }) => {
  const editor = await desk.as('li.min')
  const { items } = await editor.get<{ items: { code: string; question: string; department: string }[] }>('/faq/entries?q=HJ-004&limit=5')
  const entry = items.find((item) => item.code === 'HJ-004')!
  const page = await visit(desk, { as: 'li.min', path: '/library' })
  await page.getByRole('button', { name: '导入' }).click()
  const dialog = page.getByRole('dialog', { name: '导入知识条目' })
  const rows = ['编号,问题,承办单位', `HJ-004,${entry.question},`]
  await dialog.locator('input[type=file]').setInputFiles({ name: '空.csv', mimeType: 'text/csv', buffer: Buffer.from(rows.join('\n')) })
  await expect(dialog.getByTestId('import-emptied')).toContainText('1 条会丢失原有内容')
  await expect(dialog.getByTestId('import-changes')).toContainText(`承办单位：${entry.department} → 空`)
})

test('the library is saved as a spreadsheet', async ({ visit }) => {
  const page = await visit(desk, { as: 'li.min', path: '/library' })
  await page.getByRole('button', { name: '导出' }).click()
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'Excel 表格' }).click(),
  ])
  expect(file.suggestedFilename()).toMatch(/\.xlsx$/)
  expect(await file.failure()).toBeNull()
})
