const encoder = new TextEncoder()

/** Length in bytes of UTF-8, the measure of most platforms. */
export const byteLength = (text: string): number => encoder.encode(text).length

/** Length in Unicode code points. */
export function runeLength(text: string): number {
  let n = 0
  for (const _ of text) n++
  return n
}

export interface Segment {
  text: string
  marked: boolean
}

/** Cuts text at ranges given in code points; ranges may overlap or lie outside. */
export function segments(
  text: string,
  ranges: readonly { start: number; end: number }[],
): Segment[] {
  const runes = Array.from(text)
  const marked = new Uint8Array(runes.length)
  for (const { start, end } of ranges) {
    for (let i = Math.max(0, start); i < Math.min(end, runes.length); i++) marked[i] = 1
  }
  const out: Segment[] = []
  for (let i = 0; i < runes.length; ) {
    let j = i + 1
    while (j < runes.length && marked[j] === marked[i]) j++
    out.push({ text: runes.slice(i, j).join(''), marked: marked[i] === 1 })
    i = j
  }
  return out
}

/** The sign of a person in a small circle: the family name, or a Latin initial. */
export function initial(name: string): string {
  const first = Array.from(name.trim())[0] ?? '?'
  return first.toUpperCase()
}

/** "12.3 KB" */
export function fileSize(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** The sentence with its full stop, for another one to follow. */
export function fullStop(text: string, locale: string): string {
  if (/[.。!！?？…]$/u.test(text)) return text
  return text + (locale === 'zh' ? '。' : '.')
}
