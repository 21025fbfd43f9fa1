/** A thing named by id, as other things carry it. */
export interface Ref {
  id: string
  name: string
}
