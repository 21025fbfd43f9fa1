/** What a chart shows, whoever draws it. */
export interface Drawing {
  names: string[]
  series: {
    name: string
    values: number[]
    /** a token: --primary */
    colour: string
    bar?: boolean
    dashed?: boolean
    symbol?: 'circle' | 'rect' | 'triangle'
  }[]
  /** bars lie, and the names stand beside them */
  flat?: boolean
}
