import type { Entry } from '@/api/faq'
import type { Session } from '@/api/session'
import type { Clock, Ticket } from '@/api/tickets'
import type { MessageItem, ReplyItem } from '@/api/timeline'

// Builders for tests: sensible defaults, the test names what matters.

export const at = (text: string): string => `2026-11-22T${text}Z`

export function makeClock(change: Partial<Clock> = {}): Clock {
  return {
    id: '1',
    name: 'first_reply',
    state: 'running',
    started_at: at('00:00:00'),
    due_at: at('10:00:00'),
    warned: 0,
    ...change,
  }
}

export function makeTicket(id: string, change: Partial<Ticket> = {}): Ticket {
  return {
    id,
    number: `20261122-${id.padStart(4, '0')}`,
    state: 'new',
    kind: 'private',
    priority: 'normal',
    account: { id: '1', name: '云岫发布', platform: 'wechat' },
    contact: { id: '5', label: '粉丝 a91c' },
    post: null,
    subject: `问题 ${id}`,
    preview: `问题 ${id}`,
    last_message_at: at('01:00:00'),
    created_at: at('01:00:00'),
    updated_at: at('01:00:00'),
    assignee: null,
    department: null,
    tags: [],
    clocks: [],
    unread: false,
    in_front: false,
    message_count: 1,
    last_event: 1,
    ...change,
  }
}

export function makeMessage(id: string, change: Partial<MessageItem> = {}): MessageItem {
  return {
    type: 'message',
    id,
    at: at('01:00:00'),
    message_type: 'text',
    text: `消息 ${id}`,
    data: {},
    attachments: [],
    ...change,
  }
}

export function makeReply(id: string, change: Partial<ReplyItem> = {}): ReplyItem {
  return {
    type: 'reply',
    id,
    at: at('02:00:00'),
    text: `答复 ${id}`,
    state: 'approved',
    origin: 'staff',
    author: { id: '3', name: '李敏' },
    error: null,
    deliveries: [],
    reviewer: null,
    ...change,
  }
}

export function makeSession(change: Partial<Session> = {}): Session {
  return {
    user: { id: '3', username: 'limin', name: '李敏', role: 'staff', department: null },
    permissions: [
      'tickets.read',
      'tickets.work',
      'library.read',
      'library.edit',
      'accounts.read',
      'users.read',
    ],
    features: { drafts: true },
    csrf: 'csrf-of-test',
    server_time: at('05:00:00'),
    ...change,
  }
}

export function makeEntry(id: string, change: Partial<Entry> = {}): Entry {
  return {
    id,
    code: `K${id}`,
    question: `问题 ${id}`,
    similar_questions: [],
    answer: `答案 ${id}`,
    category: '',
    department: '',
    document_number: '',
    service_link: '',
    state: 'draft',
    current: false,
    revision: 1,
    created_at: at('01:00:00'),
    updated_at: at('01:00:00'),
    updated_by: null,
    uses: 0,
    proposal: null,
    may_publish: false,
    figures: null,
    ...change,
  }
}
