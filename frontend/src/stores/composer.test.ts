import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { makeSession } from '@/testing/make'
import { useComposer } from './composer'
import { useSession } from './session'

beforeEach(() => {
  sessionStorage.clear()
  setActivePinia(createPinia())
  useSession().current = makeSession()
})

describe('the composer', () => {
  it('keeps what is written for each ticket', () => {
    const composer = useComposer()
    composer.open('7')
    composer.text = '给七号'
    composer.open('8')
    expect(composer.text).toBe('')
    composer.focus('note')
    composer.text = '八号备注'
    composer.open('7')
    expect(composer.text).toBe('给七号')
    composer.open('8')
    expect(composer.saved.note).toBe('八号备注')
  })

  it('keeps drafts of two people apart', () => {
    const composer = useComposer()
    composer.open('7')
    composer.text = '李敏写的'
    const other = makeSession()
    useSession().current = { ...other, user: { ...other.user, id: '4' } }
    composer.open('7')
    expect(composer.text).toBe('')
  })

  it('inserts at the caret, on a line of its own', () => {
    const composer = useComposer()
    composer.open('7')
    composer.insert('答案一', '1')
    expect([composer.text, composer.saved.entryId]).toEqual(['答案一', '1'])
    composer.caret = 0
    composer.insert('答案二', '2')
    expect(composer.text).toBe('答案二答案一')
    composer.insert('答案三', '3')
    expect(composer.text).toBe('答案二答案一\n答案三')
    expect(composer.saved.entryId).toBe('3')
  })

  it('forgets the entry when the text is emptied', () => {
    const composer = useComposer()
    composer.open('7')
    composer.insert('答案', '1')
    composer.text = ' '
    expect(composer.saved.entryId).toBe('')
  })

  it('goes back to the reply when something is inserted into a note', () => {
    const composer = useComposer()
    composer.open('7')
    composer.focus('note')
    composer.text = '备注'
    composer.insert('答案', '1')
    expect([composer.mode, composer.saved.reply, composer.saved.note]).toEqual([
      'reply',
      '答案',
      '备注',
    ])
  })

  it('empties only what was sent, also when the person has moved on', () => {
    const composer = useComposer()
    composer.open('7')
    composer.text = '答复'
    composer.focus('note')
    composer.text = '备注'
    composer.open('8')
    composer.text = '八号'
    composer.sent('7', 'reply')
    expect(composer.text).toBe('八号')
    composer.open('7')
    expect([composer.saved.reply, composer.saved.note]).toEqual(['', '备注'])
    composer.sent('7', 'note')
    expect(sessionStorage.getItem('desk.draft.3.7')).toBeNull()
  })

  it('takes a model’s draft, puts what was there aside, and brings it back', () => {
    const composer = useComposer()
    composer.open('7')
    composer.insert('标准答案', '1')
    composer.revise('模型写的', '9')
    expect([composer.text, composer.saved.draftId, composer.saved.entryId]).toEqual(['模型写的', '9', ''])
    composer.text = '改过的'
    composer.open('8')
    composer.open('7')
    expect([composer.text, composer.saved.draftId]).toEqual(['改过的', '9'])
    const undo = composer.giveUpDraft()
    expect([composer.text, composer.saved.draftId]).toEqual(['标准答案', ''])
    undo()
    expect([composer.text, composer.saved.draftId]).toEqual(['改过的', '9'])
    composer.sent('7', 'reply')
    expect([composer.text, composer.saved.draftId, composer.saved.aside]).toEqual(['标准答案', '', ''])
  })

  it('keeps what was put aside when a second draft takes the place of the first', () => {
    const composer = useComposer()
    composer.open('7')
    composer.text = '我的话'
    composer.revise('第一份', '9')
    const undo = composer.revise('第二份', '10')
    expect(composer.text).toBe('第二份')
    undo()
    expect([composer.text, composer.saved.draftId]).toEqual(['第一份', '9'])
    composer.giveUpDraft()
    expect(composer.text).toBe('我的话')
  })

  it('loses no word when a draft becomes the person’s own', () => {
    const composer = useComposer()
    composer.open('7')
    composer.text = '我的话'
    composer.revise('模型写的', '9')
    composer.makeOwn()
    expect([composer.text, composer.saved.draftId]).toEqual(['我的话\n模型写的', ''])
    expect(composer.saved.outdatedId).toBe('9')
    composer.open('8')
    composer.open('7')
    expect(composer.saved.outdatedId).toBe('9')
    composer.text = ' '
    expect(composer.saved.outdatedId).toBe('')
  })
})
