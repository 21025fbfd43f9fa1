import type { ReplyItem, TimelineItem } from '@/api/timeline'

/** Whether a reply is a model's text that still waits for a person. */
export const isProposal = (item: TimelineItem): item is ReplyItem =>
  item.type === 'reply' && item.origin === 'llm' && item.state === 'in_review'

/**
 * Why a model's text can no longer be adopted; ground: an entry it rests on has
 * changed, which the server alone knows.
 */
export type Stale = 'message' | 'answer' | 'replaced' | 'ground'

/**
 * Whether a model's text is out of date in its thread, as the server will judge it: the
 * citizen has written since, somebody has answered or is about to, or it was
 * put away for a newer one. undefined: it still stands.
 */
export function staleness(
  proposal: ReplyItem,
  items: readonly TimelineItem[],
): Stale | undefined {
  if (proposal.state === 'cancelled') return 'replaced'
  const since = Date.parse(proposal.at)
  for (const item of items) {
    if (item.type === 'message' && Date.parse(item.at) > since) return 'message'
    if (item.type === 'reply' && item.id !== proposal.id && answers(item, since)) return 'answer'
  }
  return undefined
}

function answers(reply: ReplyItem, since: number): boolean {
  // The bot's own lines (a greeting, the ticket's number) answer nothing.
  if (reply.origin === 'bot') return false
  if (reply.state === 'approved' || reply.state === 'sending') return true
  return reply.state === 'sent' && Date.parse(reply.sent_at ?? reply.at) > since
}
