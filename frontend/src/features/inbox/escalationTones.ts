/** How the state of an escalation looks; its name always stands with it. */
export const stateTones = {
  dispatched: 'primary',
  signed: 'primary',
  answered: 'met',
  returning: 'near',
  returned: 'plain',
  withdrawn: 'plain',
  accepted: 'plain',
} as const
