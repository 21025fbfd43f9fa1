// @vitest-environment node
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'
import { expect, it } from 'vitest'

it('is what the server describes: otherwise run "npm run gen:api"', async () => {
  const made = astToString(await openapiTS(pathToFileURL('openapi.json')))
  const kept = readFileSync('src/api/schema.d.ts', 'utf8')
  expect(kept.endsWith(made)).toBe(true)
})
