import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { eventTable } from '@/live/events'
import en from './en.json'
import zh from './zh.json'

type Tree = { [key: string]: string | Tree }

function flat(tree: Tree, prefix = ''): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') out[prefix + key] = value
    else Object.assign(out, flat(value, `${prefix}${key}.`))
  }
  return out
}

const chinese = flat(zh)
const english = flat(en)
const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).toSorted()

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return /\.(vue|ts)$/.test(entry.name) && !entry.name.endsWith('.test.ts') ? [path] : []
  })
}

/** Keys as the sources write them; in a template string each ${…} stands for one part. */
function usedKeys(): { literal: Set<string>; patterns: RegExp[] } {
  const literal = new Set<string>()
  const patterns: RegExp[] = []
  for (const path of sources('src')) {
    const text = readFileSync(path, 'utf8')
    for (const [, key] of text.matchAll(/\bt\(\s*'([\w.]+)'/g)) literal.add(key!)
    for (const [, key] of text.matchAll(/['`]([a-z]\w*(?:\.(?:[\w]+|\$\{[^}]+\}))+)['`]/g)) {
      if (key!.includes('${')) {
        const source = key!
          .split(/\$\{[^}]+\}/)
          .map((part) => part.replaceAll('.', '\\.'))
          .join('\\w+')
        patterns.push(new RegExp(`^${source}$`))
      } else literal.add(key!)
    }
  }
  return { literal, patterns }
}

describe('locales', () => {
  it('have the same keys', () => {
    expect(Object.keys(english).toSorted()).toEqual(Object.keys(chinese).toSorted())
  })
  it('leave no text empty and name the same values', () => {
    for (const [key, text] of Object.entries(chinese)) {
      expect(text.trim(), key).not.toBe('')
      expect(english[key]?.trim(), key).not.toBe('')
      expect(names(english[key] ?? ''), key).toEqual(names(text))
    }
  })
  it('have no English quotes that a Chinese font draws as wide as a character', () => {
    const wide = Object.entries(english).filter(([, text]) => /[‘’“”]/.test(text))
    expect(wide).toEqual([])
  })
  it('hold every key the sources ask for', () => {
    const missing: string[] = []
    for (const path of sources('src')) {
      const text = readFileSync(path, 'utf8')
      for (const [, key] of text.matchAll(/\bt\(\s*'([\w.]+)'/g))
        if (!(key! in chinese)) missing.push(`${path}: ${key}`)
    }
    expect(missing).toEqual([])
  })
  it('hold no key that nobody asks for', () => {
    const { literal, patterns } = usedKeys()
    const open = [/^event\./, /^error\./, /^platform\./, /^clock\.name\./, /^presence\./]
    const unused = Object.keys(chinese).filter(
      (key) => !literal.has(key) && ![...patterns, ...open].some((pattern) => pattern.test(key)),
    )
    expect(unused).toEqual([])
  })
  it('have words for the events that a thread shows as marks', () => {
    const marks =
      /^(ticket\.|contact\.|clock\.(warned|missed|met|paused|resumed|postponed|dropped)|reply\.(proposed|approved|rejected|cancelled|requeued))/
    const shown = Object.keys(eventTable).filter((name) => marks.test(name))
    const missing = shown.filter((name) => !(`event.${name.replace('.', '_')}` in chinese))
    expect(missing).toEqual([])
  })
})
