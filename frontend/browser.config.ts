import type { PlaywrightTestConfig } from '@playwright/test'

// How tests drive the system's Chromium; shared by the journeys and the screens.

/** The browser to use: Debian's, or what DESK_TEST_CHROMIUM names. */
export const executablePath = process.env.DESK_TEST_CHROMIUM || '/usr/bin/chromium'

export const browserOptions: PlaywrightTestConfig['use'] = {
  locale: 'zh-CN',
  timezoneId: 'Asia/Shanghai',
  trace: 'retain-on-failure',
  screenshot: 'only-on-failure',
  launchOptions: {
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  },
}
