// A supervisor writes a reply template; a reply begins with it, filled in, and
// what could not be filled in does not leave.
import { demoDesk } from './support/desk.ts'
import { expectAccessible } from './support/axe.ts'
import { expect, test } from './support/fixtures.ts'
import { Inbox } from './support/inbox.ts'

const desk = demoDesk()

test('a template is written, refused with an unknown variable, and inserted with m and with /', async ({ visit, watch }) => {
  const zhou = await visit(desk, { as: 'zhou.min', path: '/rules/templates' })
  await zhou.getByRole('button', { name: '添加模板' }).click()
  const dialog = zhou.getByRole('dialog', { name: '添加模板' })
  await dialog.getByLabel('名称').fill('延期致歉')
  await dialog.getByLabel('内容').fill('{who}您好')
  watch.expect(/^answer: 422 POST .*\/templates$/)
  await dialog.getByRole('button', { name: '添加' }).click()
  await expect(dialog.getByText('没有变量 {who}').first()).toBeVisible()

  await dialog.getByLabel('内容').fill('')
  await dialog.getByRole('button', { name: '市民称呼' }).click()
  await expect(dialog.getByLabel('内容')).toHaveValue('{citizen_name}')
  await dialog.getByLabel('内容').pressSequentially('您好，您的来信（')
  await dialog.getByRole('button', { name: '工单编号' }).click()
  await dialog.getByLabel('内容').pressSequentially('）已受理。')
  await dialog.getByLabel('类别').fill('告知')
  await dialog.getByRole('button', { name: '添加' }).click()
  const row = zhou.getByTestId('templates').getByRole('listitem').filter({ hasText: '延期致歉' })
  await expect(row).toContainText('市民称呼您好，您的来信（工单编号）已受理。')
  await expectAccessible(zhou, 'the templates')

  const { citizen, id } = await desk.ask('小区的路灯不亮了')
  const { number } = await (await desk.as('admin')).get<{ number: string }>(`/tickets/${id}`)
  const li = new Inbox(await visit(desk, { as: 'li.min', path: `/inbox/${id}` }))
  await li.ready()
  await li.page.keyboard.press('m')
  const offer = li.page.getByRole('dialog', { name: '插入答复模板' })
  await offer.getByPlaceholder('搜索模板').fill('延期致歉')
  await expect(offer.getByRole('option')).toHaveCount(1)
  await expect(offer.getByRole('option')).toContainText(`您的来信（${number}）已受理。`)
  await expectAccessible(li.page, 'the offer of templates')
  await li.page.keyboard.press('Enter')
  await expect(offer).toBeHidden()
  await expect(li.composer).toBeFocused()
  await expect(li.composer).toHaveValue(`【请填写：市民称呼】您好，您的来信（${number}）已受理。`)
  // Nothing left, and nothing does while the blank is there.
  const found = li.page.getByRole('list', { name: '检查结果' }).getByRole('listitem')
  await expect(found).toContainText('这里还没有填写')
  watch.expect(/^answer: 422 POST .*\/replies$/)
  await li.send.click()
  await expect(li.page.getByRole('alert')).toContainText('答复含有不得发送的内容')
  expect(await desk.platform.answers(citizen)).toEqual([])

  // The blank is what the focus stands on: typing fills it in.
  await li.composer.blur()
  await li.page.keyboard.press('r')
  await li.page.keyboard.type('市民朋友')
  await expect(li.composer).toHaveValue(`市民朋友您好，您的来信（${number}）已受理。`)
  await li.page.keyboard.press('Control+Enter')
  await expect(li.reply('市民朋友您好')).toHaveAttribute('data-state', 'sent')
  expect(await desk.platform.answers(citizen)).toEqual([`市民朋友您好，您的来信（${number}）已受理。`])

  // Templates are the second group of "/".
  await li.composer.press('/')
  const both = li.page.getByRole('dialog', { name: '插入知识或模板' })
  await expect(both.getByRole('group', { name: '答复模板' }).getByRole('option').first()).toContainText('延期致歉')
  await both.getByPlaceholder('搜索知识库').fill('居住证')
  await expect(both.getByRole('group', { name: '标准答案' }).getByRole('option').first()).toContainText('居住证')
  await li.page.keyboard.press('Escape')

  await zhou.reload()
  await expect(row).toContainText('用过 1 次')
  await row.getByRole('button', { name: '停用“延期致歉”' }).click()
  await expect(row).toContainText('已停用')
  await row.getByRole('button', { name: '删除“延期致歉”' }).click()
  await expect(row).toHaveCount(0)
})
