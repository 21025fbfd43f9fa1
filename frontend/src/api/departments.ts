import { answer, api, type Schemas } from './client'

export type Department = Schemas['Department']
export type DepartmentBody = Schemas['DepartmentBody']
export type Duty = Schemas['Duty']
export type NewDuty = Schemas['CreateDutyInputBody']

const of = (id: string) => ({ path: { id } })

export const createDepartment = (body: DepartmentBody): Promise<Department> =>
  answer(api.POST('/api/v1/departments', { body }))

export const updateDepartment = (id: string, body: DepartmentBody): Promise<Department> =>
  answer(api.PATCH('/api/v1/departments/{id}', { params: of(id), body }))

export const listDuties = (departmentId: string, signal?: AbortSignal) =>
  answer(api.GET('/api/v1/duties', { params: { query: { department_id: departmentId } }, signal }))

export const createDuty = (body: NewDuty): Promise<Duty> =>
  answer(api.POST('/api/v1/duties', { body }))

export const removeDuty = (id: string) =>
  answer(api.DELETE('/api/v1/duties/{id}', { params: of(id) }))
