import { expect } from '@playwright/test'

/** A citizen as one account of the simulated platform knows them. */
export interface Citizen {
  account: string
  openid: string
  name: string
}

export interface Bubble {
  id: string
  from: 'citizen' | 'desk' | 'platform'
  type: string
  text?: string
  state?: 'sending' | 'accepted' | 'retrying' | 'failed'
}

export interface FaultRule {
  fault: string
  count?: number
  probability?: number
  delay_ms?: number
}

interface SimulatedAccount {
  app_id: string
  name: string
}

/** The control side of the WeChat simulator: what citizens do, and what goes wrong. */
export class Platform {
  constructor(readonly url: string) {}

  /** The account of this name, or the first one. */
  async account(name?: string): Promise<SimulatedAccount> {
    const { items } = await this.call<{ items: SimulatedAccount[] }>('/sim/accounts')
    const found = items.find((account) => !name || account.name === name)
    if (!found) throw new Error(`the simulator has no account ${name ?? ''}`)
    return found
  }

  /** Somebody who follows the account and never wrote before. */
  async newCitizen(accountName?: string): Promise<Citizen> {
    const account = (await this.account(accountName)).app_id
    const made = await this.call<{ openid: string; name: string }>('/sim/citizens', { account, name: '' })
    const citizen = { account, openid: made.openid, name: made.name }
    await this.event(citizen, 'follow')
    return citizen
  }

  async event(citizen: Citizen, event: 'follow' | 'unfollow'): Promise<void> {
    const { id } = await this.call<Bubble>('/sim/event', { account: citizen.account, citizen: citizen.openid, event })
    await this.accepted(citizen, id)
  }

  /** Taps an item of the account's menu and waits until the desk has acknowledged it. */
  async click(citizen: Citizen, key: string): Promise<void> {
    const { id } = await this.call<Bubble>('/sim/event', { account: citizen.account, citizen: citizen.openid, event: 'click', key })
    await this.accepted(citizen, id)
  }

  /** Writes as a citizen; the callback runs meanwhile. */
  say(citizen: Citizen, text: string): Promise<Bubble> {
    return this.call('/sim/say', { account: citizen.account, citizen: citizen.openid, text })
  }

  /** Writes as a citizen and waits until the desk has acknowledged it. */
  async tell(citizen: Citizen, text: string): Promise<void> {
    const { id } = await this.say(citizen, text)
    await this.accepted(citizen, id)
  }

  /** Waits until the desk has acknowledged what the citizen did. */
  async accepted(citizen: Citizen, id: string): Promise<void> {
    const state = async () => (await this.thread(citizen)).find((bubble) => bubble.id === id)?.state
    await expect.poll(state, { intervals: [10, 20, 50] }).toBe('accepted')
  }

  async thread(citizen: Citizen): Promise<Bubble[]> {
    const query = new URLSearchParams({ account: citizen.account, citizen: citizen.openid })
    return (await this.call<{ items: Bubble[] }>(`/sim/thread?${query}`)).items
  }

  /** The texts that reached the citizen, oldest first. */
  async answers(citizen: Citizen): Promise<string[]> {
    return (await this.thread(citizen)).filter((bubble) => bubble.from === 'desk').map((bubble) => bubble.text ?? '')
  }

  /** Lets the platform misbehave; replaces what was asked before. */
  async fault(...rules: FaultRule[]): Promise<void> {
    await this.call('/sim/faults', { clear: true, rules })
  }

  /** How many times a fault will still happen. */
  async faultsLeft(fault: string): Promise<number> {
    const { items } = await this.call<{ items: { fault: string; count: number }[] }>('/sim/faults')
    return items.find((rule) => rule.fault === fault)?.count ?? 0
  }

  private async call<T>(path: string, body?: unknown): Promise<T> {
    const answer = await fetch(this.url + path, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`simulator ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as T
  }
}
