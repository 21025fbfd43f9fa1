import { defineConfig } from '@playwright/test'
import { browserOptions } from './browser.config.ts'

// The journeys: the real binary and its simulator in a real browser. Every file
// starts a desk of its own (DESK_BIN, or ../bin/desk) in a temporary folder.
export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/support/binary.ts',
  outputDir: 'test-results/journeys',
  fullyParallel: false,
  workers: 2,
  forbidOnly: true,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  use: {
    ...browserOptions,
    // Recording costs a third of the time; a failure leaves its picture and the desk's log.
    trace: process.env.DESK_TEST_TRACE ? 'retain-on-failure' : 'off',
    actionTimeout: 15_000,
    navigationTimeout: 20_000,
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
  },
})
