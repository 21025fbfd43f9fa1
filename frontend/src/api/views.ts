import { answer, api, type Schemas } from './client'

export type SavedView = Schemas['SavedView']
export type SavedFilter = Schemas['ViewFilter']
export type ViewCount = Schemas['ViewCount']
export type ViewScope = SavedView['scope']
export interface ViewFields {
  name?: string
  scope?: ViewScope
  role?: SavedView['role']
  filter?: SavedFilter
}

const of = (id: string) => ({ path: { id } })

export const listViews = async (signal?: AbortSignal): Promise<SavedView[]> =>
  (await answer(api.GET('/api/v1/views', { signal }))).items

/** How many tickets the views hold; views that search, or hold what is answered, have no figure. */
export const countViews = async (signal?: AbortSignal): Promise<ViewCount[]> =>
  (await answer(api.GET('/api/v1/views/counts', { signal }))).items

export const addView = (body: ViewFields) => answer(api.POST('/api/v1/views', { body }))

export const changeView = (id: string, body: ViewFields) =>
  answer(api.PATCH('/api/v1/views/{id}', { params: of(id), body }))

export const deleteView = (id: string) => answer(api.DELETE('/api/v1/views/{id}', { params: of(id) }))

/** Puts one's own list in this order. */
export const orderViews = (ids: string[]) => answer(api.PUT('/api/v1/views/order', { body: { ids } }))
