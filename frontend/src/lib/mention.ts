import type { NoteItem } from '@/api/timeline'
import { runeLength } from './text'

export type Mention = NoteItem['mentions'][number]

/** Somebody who was chosen while a note was written; it calls them as long as their name stands in it. */
export interface Called {
  kind: 'user' | 'department'
  id: string
  name: string
}

/** What is being typed behind the last @ before the caret, and where that @ stands; undefined when nothing is. */
export function asked(text: string, caret: number): { from: number; query: string } | undefined {
  const found = /(?<![A-Za-z0-9._-])@([^@\s]{0,20})$/u.exec(text.slice(0, caret))
  return found ? { from: found.index, query: found[1] ?? '' } : undefined
}

/** The places of a text, trimmed, where those who were chosen are named; longer names first. */
export function mentionsIn(text: string, called: readonly Called[]): Mention[] {
  const names = [...new Set(called.map(({ name }) => `@${name}`))].toSorted(
    (a, b) => b.length - a.length,
  )
  const counts = new Map<string, number>()
  const out: Mention[] = []
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const name = names.find((one) => text.startsWith(one, at))
    if (!name) continue
    // Of several people with one name each stands where they were chosen.
    const same = called.filter((one) => `@${one.name}` === name)
    const nth = counts.get(name) ?? 0
    counts.set(name, nth + 1)
    const { kind, id } = same[Math.min(nth, same.length - 1)]!
    const from = runeLength(text.slice(0, at))
    const place = { from, to: from + runeLength(name) }
    out.push(kind === 'user' ? { user_id: id, ...place } : { department_id: id, ...place })
    at += name.length - 1
  }
  return out
}

export interface Piece {
  text: string
  mention?: Mention
}

/** A note in pieces, the mentions apart. */
export function pieces(text: string, mentions: readonly Mention[]): Piece[] {
  const runes = Array.from(text)
  const out: Piece[] = []
  let end = 0
  for (const mention of mentions) {
    if (mention.from < end || mention.to > runes.length) continue
    out.push({ text: runes.slice(end, mention.from).join('') })
    out.push({ text: runes.slice(mention.from, mention.to).join(''), mention })
    end = mention.to
  }
  out.push({ text: runes.slice(end).join('') })
  return out.filter((piece) => piece.text !== '')
}
