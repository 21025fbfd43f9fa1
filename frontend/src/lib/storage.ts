// The browser's storage may be full or forbidden; then nothing is kept and
// nothing breaks.

export function readJson<T>(store: () => Storage, key: string, fallback: T): T {
  try {
    const text = store().getItem(key)
    return text === null ? fallback : (JSON.parse(text) as T)
  } catch {
    return fallback
  }
}

export function writeJson(store: () => Storage, key: string, value: unknown): void {
  try {
    if (value === undefined) store().removeItem(key)
    else store().setItem(key, JSON.stringify(value))
  } catch {
    // Kept in memory only.
  }
}
