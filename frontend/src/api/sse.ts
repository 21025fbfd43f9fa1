/** One event of a text/event-stream. */
export interface ServerEvent {
  name: string
  data: string
}

/** More than this in one event is no stream of ours, in characters. */
const mostHeld = 1_000_000

/**
 * Reads a text/event-stream, event by event, wherever the network cuts it: in
 * a line, in a pair of line ends, in a character. What the stream ends within
 * is no event. Throws what reading throws.
 */
export async function* serverEvents(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerEvent, void, undefined> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let held = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      held += decoder.decode(value, { stream: true })
      // A carriage return at the end may be half of a pair.
      const blocks = held.replace(/\r\n|\r(?!$)/g, '\n').split('\n\n')
      held = blocks.pop() ?? ''
      if (held.length > mostHeld) throw new Error('the event is too long')
      for (const block of blocks) {
        const event = parse(block)
        if (event) yield event
      }
    }
  } finally {
    // Whoever stops listening ends the request too.
    void reader.cancel().catch(() => undefined)
  }
}

/** The event in a block of lines; undefined for a comment or one without data. */
function parse(block: string): ServerEvent | undefined {
  let name = 'message'
  const data: string[] = []
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') name = value
    else if (field === 'data') data.push(value)
  }
  return data.length > 0 ? { name, data: data.join('\n') } : undefined
}
