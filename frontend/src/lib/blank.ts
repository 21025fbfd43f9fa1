// A blank is what stands in a template where the ticket has no value: somebody
// has to write it, and the server sends no text with one.
const blank = /【请填写：[^【】\n]{1,20}】/g

/** Where the first blank of a text begins and ends, in UTF-16 units as a field counts them. */
export function firstBlank(text: string): [number, number] | undefined {
  const at = text.search(blank)
  if (at < 0) return undefined
  return [at, text.indexOf('】', at) + 1]
}

/** A text in pieces, the blanks apart. */
export function parts(text: string): { text: string; blank: boolean }[] {
  const blanks = text.match(blank) ?? []
  return text
    .split(blank)
    .flatMap((piece, index) => [
      { text: piece, blank: false },
      ...(index < blanks.length ? [{ text: blanks[index] ?? '', blank: true }] : []),
    ])
    .filter((part) => part.text !== '')
}
