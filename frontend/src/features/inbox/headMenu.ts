/** What of the head of a thread a key opens. */
export type HeadMenu = 'assign' | 'category' | 'escalate' | 'close' | 'snooze'
