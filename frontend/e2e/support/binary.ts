import { accessSync, constants } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The program under test: DESK_BIN, or what `make build` left. */
export const binary =
  process.env.DESK_BIN || fileURLToPath(new URL('../../../bin/desk', import.meta.url))

/** Playwright's global set-up: without a program there is nothing to try. */
export default function requireBinary(): void {
  try {
    accessSync(binary, constants.X_OK)
  } catch {
    throw new Error(`There is no desk program at ${binary}: run "make build", or name one in DESK_BIN.`)
  }
}
