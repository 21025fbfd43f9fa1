/** Collects keys and hands them on together, each once, shortly after the first. */
export class Batch {
  private readonly keys = new Set<string>()
  private timer?: ReturnType<typeof setTimeout>

  constructor(
    private readonly flush: (keys: string[]) => void,
    private readonly wait = 120,
  ) {}

  add(key: string): void {
    this.keys.add(key)
    this.timer ??= setTimeout(() => {
      this.timer = undefined
      const keys = [...this.keys]
      this.keys.clear()
      this.flush(keys)
    }, this.wait)
  }

  clear(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.keys.clear()
  }
}

/**
 * Runs work soon after the first call, and again at most every rest
 * milliseconds while calls keep coming; the last call is never lost, unless
 * cancel drops it.
 */
export function paced(
  work: () => void,
  wait: number,
  rest: number,
): (() => void) & { cancel: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  let last = -Infinity
  const call = () => {
    if (timer !== undefined) return
    const delay = Math.max(wait, last + rest - Date.now())
    timer = setTimeout(() => {
      timer = undefined
      last = Date.now()
      work()
    }, delay)
  }
  const cancel = () => {
    clearTimeout(timer)
    timer = undefined
  }
  return Object.assign(call, { cancel })
}
