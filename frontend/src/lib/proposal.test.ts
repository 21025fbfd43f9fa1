import { describe, expect, it } from 'vitest'
import type { ReplyItem } from '@/api/timeline'
import { at, makeMessage, makeReply } from '@/testing/make'
import { isProposal, staleness } from './proposal'

const asked = makeMessage('1', { at: at('09:00:00') })
const proposal = makeReply('5', {
  at: at('09:01:00'),
  origin: 'llm',
  state: 'in_review',
  author: null,
  draft_id: '2',
})
const other = (change: Partial<ReplyItem>) => makeReply('6', { at: at('09:00:30'), ...change })

describe('a proposal', () => {
  it('is a model’s text that waits', () => {
    expect(isProposal(proposal)).toBe(true)
    expect(isProposal({ ...proposal, state: 'sent' })).toBe(false)
    expect(isProposal({ ...proposal, origin: 'staff' })).toBe(false)
    expect(isProposal(asked)).toBe(false)
  })

  it('stands while nothing came after it', () => {
    expect(staleness(proposal, [asked, proposal])).toBeUndefined()
  })

  it('is out of date when the citizen wrote, to the millisecond', () => {
    const came = makeMessage('2', { at: '2026-11-22T09:01:00.5Z' })
    expect(staleness(proposal, [asked, proposal, came])).toBe('message')
  })

  it.each<[string, Partial<ReplyItem>, string | undefined]>([
    ['waits to be sent', { state: 'approved' }, 'answer'],
    ['is being sent', { state: 'sending' }, 'answer'],
    ['arrived since', { state: 'sent', sent_at: at('09:02:00') }, 'answer'],
    ['arrived before', { state: 'sent', sent_at: at('09:00:40') }, undefined],
    ['waits for review', { state: 'in_review' }, undefined],
    ['failed', { state: 'failed' }, undefined],
    ['is the bot’s greeting', { state: 'sent', sent_at: at('09:02:00'), origin: 'bot' }, undefined],
  ])('beside a reply that %s', (_, change, want) => {
    expect(staleness(proposal, [asked, proposal, other(change)])).toBe(want)
  })

  it('is out of date when it was put away', () => {
    expect(staleness({ ...proposal, state: 'cancelled' }, [asked])).toBe('replaced')
  })
})
