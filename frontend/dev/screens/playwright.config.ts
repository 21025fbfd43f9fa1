import { defineConfig } from '@playwright/test'
import { browserOptions } from '../../browser.config.ts'

// Every screen of the built application against the made-up server, under the
// real content security policy: accessibility, overflow, sizes, and pictures.
const port = Number(process.env.DESK_SCREENS_PORT ?? 4188)

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/screens',
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: { ...browserOptions, trace: 'off', baseURL: `http://127.0.0.1:${port}` },
  webServer: {
    command: `node node_modules/vite/bin/vite.js preview --mode mock --outDir node_modules/.cache/screens --host 127.0.0.1 --strictPort --port ${port}`,
    cwd: '../..',
    url: `http://127.0.0.1:${port}`,
    reuseExistingServer: false,
  },
})
