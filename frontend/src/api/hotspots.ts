import { answer, api, filled, type Schemas } from './client'

export type Hotspot = Schemas['Hotspot']
export type HotspotPage = Schemas['HotspotPage']
export type HotspotPoint = Schemas['HotspotPoint']

/** How far back the list of hotspots looks. */
export const hotspotTimes = ['24h', '7d'] as const
export type HotspotTime = (typeof hotspotTimes)[number]

/** The key of a tag's or a post's hotspot. */
export const keyOfTag = (tag: string): string => `tag:${tag}`
export const keyOfPost = (id: string): string => `post:${id}`

/** Tags and posts with the most tickets now; for who reads reports. */
export const listHotspots = (within: HotspotTime, accountId: string, signal?: AbortSignal) =>
  answer(
    api.GET('/api/v1/reports/hotspots', {
      params: { query: filled({ within, account_id: accountId || undefined }) },
      signal,
    }),
  ).then((list) => (list as { items: Hotspot[] }).items)

/** All of one hotspot; without days since it began. */
export const getHotspot = (key: string, days: { from?: string; to?: string }, signal?: AbortSignal) =>
  answer(
    api.GET('/api/v1/reports/hotspot', {
      params: { query: { key, ...filled({ from: days.from || undefined, to: days.to || undefined }) } },
      signal,
    }),
  ) as Promise<HotspotPage>
