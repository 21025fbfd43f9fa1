import { describe, expect, it } from 'vitest'
import { serverEvents, type ServerEvent } from './sse'

const bytes = (text: string) => new TextEncoder().encode(text)

function streamOf(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
}

async function all(stream: ReadableStream<Uint8Array>): Promise<ServerEvent[]> {
  const out: ServerEvent[] = []
  for await (const event of serverEvents(stream)) out.push(event)
  return out
}

const two = 'event: delta\ndata: {"text":"请到"}\n\nevent: draft\ndata: {"id":"1"}\n\n'
const asTwo = [
  { name: 'delta', data: '{"text":"请到"}' },
  { name: 'draft', data: '{"id":"1"}' },
]

describe('server-sent events', () => {
  it('come whole, however the bytes are cut', async () => {
    const raw = bytes(two)
    for (let size = 1; size <= raw.length; size++) {
      const chunks: Uint8Array[] = []
      for (let at = 0; at < raw.length; at += size) chunks.push(raw.slice(at, at + size))
      expect(await all(streamOf(...chunks)), `pieces of ${size}`).toEqual(asTwo)
    }
  })

  it('may end their lines as Windows or old systems do, also across pieces', async () => {
    for (const end of ['\r\n', '\r']) {
      const raw = bytes(two.replaceAll('\n', end))
      expect(await all(streamOf(raw, bytes('\n')))).toEqual(asTwo)
      const single = [...raw].map((byte) => Uint8Array.of(byte))
      expect(await all(streamOf(...single, bytes('\n')))).toEqual(asTwo)
    }
  })

  it('join their data lines, have a name when none is given, and skip comments', async () => {
    const text = ': still here\n\ndata: one\ndata:two\nid: 7\n\nevent: empty\n\n'
    expect(await all(streamOf(bytes(text)))).toEqual([{ name: 'message', data: 'one\ntwo' }])
  })

  it('do not count when the stream ends within them', async () => {
    expect(await all(streamOf(bytes('data: whole\n\ndata: ha')))).toEqual([
      { name: 'message', data: 'whole' },
    ])
  })

  it('are no longer read when nobody listens', async () => {
    let cancelled = false
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes('data: more\n\n')),
      cancel: () => void (cancelled = true),
    })
    for await (const event of serverEvents(stream)) {
      expect(event.data).toBe('more')
      break
    }
    expect(cancelled).toBe(true)
  })

  it('pass on what reading throws', async () => {
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.error(new TypeError('the line is dead')),
    })
    await expect(all(stream)).rejects.toThrow('the line is dead')
  })

  it('are refused when one has no end', async () => {
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(300_000).fill(0x61)),
    })
    await expect(all(stream)).rejects.toThrow('too long')
  })
})
