import { describe, expect, it } from 'vitest'
import { byteLength, fileSize, initial, runeLength, segments } from './text'

describe('lengths', () => {
  it('counts bytes as UTF-8', () => {
    expect(byteLength('居住证a')).toBe(10)
    expect(byteLength('😀')).toBe(4)
  })
  it('counts code points, not UTF-16 units', () => {
    expect(runeLength('居住证😀')).toBe(4)
  })
})

describe('segments', () => {
  const marked = (text: string, ranges: { start: number; end: number }[]) =>
    segments(text, ranges)
      .map((part) => (part.marked ? `[${part.text}]` : part.text))
      .join('')

  const cases: [string, { start: number; end: number }[], string][] = [
    ['居住证怎么办', [{ start: 0, end: 3 }], '[居住证]怎么办'],
    ['😀居住证', [{ start: 1, end: 3 }], '😀[居住]证'],
    ['𠮷野家', [{ start: 0, end: 1 }], '[𠮷]野家'],
    ['居住证', [], '居住证'],
    [
      '居住证',
      [
        { start: 0, end: 2 },
        { start: 1, end: 3 },
      ],
      '[居住证]',
    ],
    ['居住证', [{ start: 2, end: 99 }], '居住[证]'],
    ['居住证', [{ start: -4, end: 1 }], '[居]住证'],
    ['居住证', [{ start: 3, end: 1 }], '居住证'],
    ['', [{ start: 0, end: 1 }], ''],
  ]
  for (const [text, ranges, want] of cases) {
    it(`${text} ${JSON.stringify(ranges)}`, () => expect(marked(text, ranges)).toBe(want))
  }
})

it('takes the first sign of a name', () => {
  expect([initial('李敏'), initial('  anna'), initial('')]).toEqual(['李', 'A', '?'])
})

it('writes file sizes', () => {
  expect([fileSize(12), fileSize(48_213), fileSize(5_400_000)]).toEqual([
    '12 B',
    '47.1 KB',
    '5.1 MB',
  ])
})
