import type { Account } from '../../src/api/accounts.ts'
import type { Clock, Ticket, TicketState } from '../../src/api/tickets.ts'
import type { TimelineItem } from '../../src/api/timeline.ts'
import type { Department, User } from '../../src/api/users.ts'

// A made-up desk, for looking at screens. Times are relative to the start.

export const start = Date.now()
export const minute = 60_000
export const hour = 60 * minute
export const iso = (offset: number): string => new Date(start + offset).toISOString()

export const departments: Department[] = [
  ['gaj', '市公安局', '公安局'],
  ['rsj', '市人力资源和社会保障局', '人社局'],
  ['gjj', '市住房公积金管理中心', '公积金'],
  ['zrzy', '市自然资源和规划局', '资规局'],
  ['jyj', '市教育局', '教育局'],
  ['ybj', '市医疗保障局', '医保局'],
  ['cgj', '市城市管理局', '城管局'],
].map(([code, name, short], i) => ({
  id: String(i + 1),
  code: code!,
  name: name!,
  short_name: short!,
  active: true,
  path: [],
  heads: [],
  liaisons: [],
  on_duty: [],
}))

export const users: User[] = [
  ['admin', '周航', 'admin'],
  ['limin', '李敏', 'staff'],
  ['wangtao', '王涛', 'supervisor'],
  ['zhangwei', '张伟', 'staff'],
  ['chenjie', '陈洁', 'staff'],
  ['gongan', '赵国庆', 'liaison'],
].map(([username, name, role], i) => ({
  id: String(i + 1),
  username: username!,
  name: name!,
  role: role as User['role'],
  department: role === 'liaison' ? { id: '1', name: '市公安局' } : null,
  all_accounts: i !== 4,
  account_ids: i === 4 ? ['2'] : [],
  active: true,
  created_at: iso(-400 * 24 * hour),
  last_seen_at: i === 5 ? undefined : iso(-i * 47 * minute),
}))

export const accounts: Account[] = [
  ['云岫发布', '市级', true],
  ['云岫交警', '市级', true],
  ['云岫人社', '市级', true],
  ['青溪区发布', '区县', false],
].map(([name, group, enabled], i) => ({
  id: String(i + 1),
  platform: 'wechat',
  name: name as string,
  group: group as string,
  enabled: enabled as boolean,
  webhook_url: `https://desk.yunxiu.example/hooks/wechat/${i + 1}`,
  settings: {
    app_id: `wx00000000000000${i + 1}a`,
    original_id: `gh_00000000000${i + 1}`,
    mode: 'safe' as const,
    api_base: '',
    app_secret_set: true,
    token_set: true,
    encoding_aes_key_set: true,
    previous_aes_key_set: i === 1,
  },
  citizen: { show_department: i === 0, survey: 'off' as const, rate_days: 15, bad_mark: 2 },
  bot: {
    enabled: i === 0,
    thresholds: { answer: 0, menu: 0 },
    default_thresholds: { answer: 0.9, menu: 0.2 },
    hours: [1, 2, 3, 4, 5].flatMap((weekday) => [
      { weekday, from: '09:00', to: '12:00' },
      { weekday, from: '13:30', to: '17:30' },
    ]),
    texts: {
      greeting: '您好，欢迎关注。请直接输入您要咨询的问题。',
      answer_footer: '以上答复对您有帮助吗？有帮助请回复 1，没有帮助请回复 2。',
      menu_intro: '请问您想咨询的是以下哪个问题？请回复序号：',
      menu_footer: '以上都不是，请回复“人工”转工作人员。',
      hand_over: '您的问题已登记，受理编号：{number}，工作人员将尽快答复您。',
      hand_over_off_hours: '您的问题已登记，受理编号：{number}。工作时间：{hours}。',
      thanks: '感谢您的反馈。',
      menu_gone: '您点选的内容正在更新，请直接输入您要咨询的问题。',
      courtesy: '您好，请直接输入您要咨询的问题。',
      crisis: '请马上拨打全国统一心理援助热线 12356。',
    },
    departments: [],
    menu: {},
    vote_hours: 24,
    menu_minutes: 30,
  },
  created_at: iso(-300 * 24 * hour),
  last_received_at: i === 3 ? undefined : iso(-(i * 13 + 1) * minute),
}))

const questions: [subject: string, post?: string][] = [
  ['您好，外地人怎么申请居住证呀？'],
  ['公积金可以用来付房租吗，一个月能提多少', '公积金新政问答'],
  ['孩子明年上小学，租房户口不在本地怎么报名'],
  ['电动车上牌照要带什么'],
  ['小区西门每天晚上烧烤摊占道，油烟太大了', '市容环境整治进行时'],
  ['我妈去上海看病医保怎么备案？'],
  ['二手房过户税费怎么算，满五唯一是什么意思'],
  ['社保断交三个月还能补缴吗'],
  ['身份证丢了能异地补办吗'],
  ['路灯坏了一个多星期没人修，青溪路与文昌街交叉口'],
  ['营业执照年报逾期了怎么处理'],
  ['居住证签注过期了影响孩子上学吗', '2026 年入学政策解读'],
  ['退休人员异地生活，养老金认证怎么做'],
  ['公交 18 路最近为什么总是晚点', '公交线路优化公告'],
  ['结婚登记可以在居住地办吗'],
  ['请问政务中心周末上班吗'],
]

interface Shape {
  state: TicketState
  started: number
  due: number
  clock: Clock['state']
  assignee?: number
  metAt?: number
}

const shapes: Shape[] = [
  { state: 'new', started: -22 * hour, due: 3 * minute + 12_000, clock: 'running' },
  { state: 'open', started: -24.7 * hour, due: -42_000, clock: 'missed', assignee: 1 },
  { state: 'new', started: -20 * hour, due: 4 * hour + 7 * minute, clock: 'running' },
  { state: 'open', started: -9 * hour, due: 15 * hour, clock: 'running', assignee: 1 },
  { state: 'in_review', started: -12 * hour, due: 12 * hour, clock: 'running', assignee: 3 },
  { state: 'with_department', started: -6 * hour, due: 18 * hour, clock: 'running', assignee: 1 },
  { state: 'new', started: -40 * minute, due: 23.3 * hour, clock: 'running' },
  { state: 'open', started: -2 * hour, due: 22 * hour, clock: 'running', assignee: 4 },
  {
    state: 'replied',
    started: -8 * hour,
    due: 16 * hour,
    clock: 'met',
    assignee: 1,
    metAt: -7 * hour,
  },
  {
    state: 'closed',
    started: -30 * hour,
    due: -6 * hour,
    clock: 'met',
    assignee: 3,
    metAt: -20 * hour,
  },
]

export const tickets: Ticket[] = []
for (let i = 0; i < 160; i++) {
  const shape = shapes[i < 10 ? i : 2 + ((i * 7) % 8)]!
  const [subject, post] = questions[i % questions.length]!
  const shift = i < 10 ? 0 : (i % 23) * 11 * minute
  const assignee = shape.assignee === undefined ? undefined : users[shape.assignee]
  tickets.push({
    id: String(100 + i),
    number: `20261122-${String(i + 1).padStart(4, '0')}`,
    state: shape.state,
    kind: post ? 'comment' : 'private',
    priority: i === 4 ? 'high' : i === 1 ? 'urgent' : 'normal',
    account: { id: String((i % 3) + 1), name: accounts[i % 3]!.name, platform: 'wechat' },
    contact: {
      id: String(500 + (i % 90)),
      label: `粉丝 ${(0xa91c + i * 977).toString(16).slice(-4)}`,
    },
    post: post ? { id: '1', title: post, url: 'https://mp.weixin.example/s/abc' } : null,
    subject,
    preview: subject,
    last_message_at: iso(shape.started + shift),
    created_at: iso(shape.started + shift),
    updated_at: iso(shape.started + shift),
    assignee: assignee ? { id: assignee.id, name: assignee.name } : null,
    department: shape.state === 'with_department' ? { id: '1', name: '市公安局' } : null,
    tags: i === 0 ? ['户籍', '回访'] : [],
    clocks: [
      {
        id: String(900 + i),
        name: 'first_reply',
        state: shape.clock,
        started_at: iso(shape.started + shift),
        due_at: iso(shape.due + shift),
        met_at: shape.metAt ? iso(shape.metAt) : undefined,
        warned: 0,
      },
    ],
    due_at: shape.clock === 'met' ? undefined : iso(shape.due + shift),
    in_front: false,
    unread: shape.state === 'new',
    message_count: 2,
    last_event: 1000 + i,
  })
}

const event = (id: number, at: number, name: string, actor?: number, data = {}): TimelineItem => ({
  type: 'event',
  id: `e${id}`,
  at: iso(at),
  name,
  actor: actor === undefined ? null : { id: users[actor]!.id, name: users[actor]!.name },
  data,
})

const attachment = (id: string, kind: 'image' | 'voice', type: string, name: string) => ({
  id,
  kind,
  state: 'stored' as const,
  url: `/api/v1/media/${id}`,
  name,
  content_type: type,
  size: 48_213,
})

/** The long story of the first ticket. */
function firstStory(subject: string): TimelineItem[] {
  return [
    event(1, -22 * hour, 'ticket.created'),
    {
      type: 'message',
      id: 'm1',
      at: iso(-22 * hour),
      message_type: 'text',
      data: {},
      attachments: [],
      text: subject,
    },
    {
      type: 'message',
      id: 'm2',
      at: iso(-22 * hour + minute),
      message_type: 'text',
      data: {},
      attachments: [],
      text: '我在青溪区租房住了快一年，单位在开发区，没有买房，租房合同是跟房东个人签的可以吗？',
    },
    event(2, -21.9 * hour, 'ticket.assigned', 1, { from: '0', to: '2' }),
    event(3, -21.8 * hour, 'ticket.tagged', 1, {}),
    event(4, -21.7 * hour, 'ticket.prioritized', 2, { priority: 0 }),
    event(5, -21.6 * hour, 'ticket.assigned', 2, { from: '2', to: '4' }),
    event(6, -10 * hour, 'clock.warned', undefined, { name: 'first_reply', percent: 50 }),
    {
      type: 'note',
      id: 'n1',
      at: iso(-9 * hour),
      text: '已电话问过公安户政：个人签的合同也认，要房东身份证复印件。',
      author: { id: '3', name: '王涛' },
      mentions: [],
      departments: [],
    },
    {
      type: 'message',
      id: 'm3',
      at: iso(-3 * hour),
      message_type: 'image',
      data: {},
      text: '',
      attachments: [attachment('1', 'image', 'image/png', '租房合同.png')],
    },
    {
      type: 'message',
      id: 'm4',
      at: iso(-3 * hour + minute),
      message_type: 'text',
      data: {},
      attachments: [],
      text: '合同是这样的，麻烦看看行不行',
    },
    {
      type: 'message',
      id: 'm5',
      at: iso(-2.9 * hour),
      message_type: 'voice',
      data: {},
      text: '',
      attachments: [attachment('2', 'voice', 'audio/amr', '语音 12 秒.amr')],
    },
    {
      type: 'reply',
      id: 'r1',
      at: iso(-2 * hour),
      text: '您好，个人签订的租房合同可以使用，请同时提供房东身份证复印件。',
      state: 'sent',
      origin: 'staff',
      author: { id: '4', name: '张伟' },
      sent_at: iso(-2 * hour + 4000),
      error: null,
      deliveries: [],
      reviewer: null,
    },
    {
      type: 'reply',
      id: 'r2',
      at: iso(-1 * hour),
      text: '办理地点：青溪区政务服务中心一楼 12 号窗口，工作日 9:00—17:00。',
      state: 'unknown',
      origin: 'staff',
      author: { id: '4', name: '张伟' },
      sent_at: undefined,
      error: { code: 'timeout', message: '请求已发出，10 秒内没有收到平台回应' },
      deliveries: [{ attempt: 1, started_at: iso(-1 * hour) }],
      reviewer: null,
    },
    {
      type: 'reply',
      id: 'r3',
      at: iso(-50 * minute),
      text: '也可以在“云岫通”小程序线上申请，不用跑窗口。',
      state: 'failed',
      origin: 'faq',
      author: { id: '4', name: '张伟' },
      sent_at: undefined,
      error: { code: '45015', message: '回复时间超过限制' },
      deliveries: [
        { attempt: 1, started_at: iso(-50 * minute) },
        { attempt: 2, started_at: iso(-49 * minute) },
      ],
      reviewer: null,
    },
    event(8, -44 * minute, 'clock.warned', undefined, { name: 'first_reply', percent: 80 }),
    {
      type: 'message',
      id: 'm6',
      at: iso(-12 * minute),
      message_type: 'text',
      data: {},
      attachments: [],
      text: '好的谢谢。那办下来大概要几天？',
    },
  ]
}

function plainStory(ticket: Ticket): TimelineItem[] {
  const at = Date.parse(ticket.created_at) - start
  const items: TimelineItem[] = [
    event(10, at, 'ticket.created'),
    {
      type: 'message',
      id: `m-${ticket.id}`,
      at: iso(at),
      message_type: 'text',
      data: {},
      attachments: [],
      text: ticket.subject,
    },
  ]
  if (ticket.assignee)
    items.push(
      event(11, at + 8 * minute, 'ticket.assigned', 1, { from: '0', to: ticket.assignee.id }),
    )
  if (ticket.state === 'with_department') {
    items.push(
      event(12, at + 20 * minute, 'ticket.escalated', 1, {
        department_id: '1',
        remark: '请核实政策口径',
      }),
    )
  }
  if (ticket.state === 'in_review' || ticket.state === 'replied') {
    items.push({
      type: 'reply',
      id: `r-${ticket.id}`,
      at: iso(at + 40 * minute),
      state: ticket.state === 'replied' ? 'sent' : 'in_review',
      origin: 'staff',
      text: '您好，您反映的烧烤摊占道问题已转城管执法人员，今晚将到场处置，处置结果会在一个工作日内答复您。感谢您的监督！',
      author: { id: '2', name: '李敏' },
      sent_at: undefined,
      error: null,
      deliveries: [],
      reviewer: null,
    })
  }
  if (Date.parse(ticket.due_at ?? '') < start)
    items.push(event(13, -42_000, 'clock.missed', undefined, { name: 'first_reply' }))
  return items
}

const stories = new Map<string, TimelineItem[]>()

export function storyOf(ticket: Ticket): TimelineItem[] {
  let items = stories.get(ticket.id)
  if (!items) {
    items = ticket.id === '100' ? firstStory(ticket.subject) : plainStory(ticket)
    stories.set(ticket.id, items)
  }
  return items
}
