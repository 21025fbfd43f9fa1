import { defineConfig } from '@playwright/test'
import { browserOptions } from './browser.config.ts'

// The journeys: the real binary and its simulator in a real browser. They find
// the desk at DESK_TEST_URL, or start the binary that DESK_BIN names.
export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results/journeys',
  fullyParallel: false,
  workers: 1,
  forbidOnly: true,
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    ...browserOptions,
    baseURL: process.env.DESK_TEST_URL ?? 'http://127.0.0.1:8080',
    viewport: { width: 1440, height: 900 },
  },
})
