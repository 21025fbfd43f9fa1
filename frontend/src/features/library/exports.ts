import type { ExportFormat } from '@/api/faq'

export const formats: readonly ExportFormat[] = ['xlsx', 'csv', 'jsonl']

/** Has the browser save what an address leads to; the server may name the file. */
export function saveFile(address: string, name = ''): void {
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
}
