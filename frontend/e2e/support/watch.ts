import type { BrowserContext } from '@playwright/test'

/**
 * Collects what must not happen in any journey: an error in the console, a
 * broken rule of the content security policy, an uncaught error, an answer that
 * says no, a request that fails, a request to a foreign host. A test names what
 * it provokes itself.
 */
export class Watch {
  private readonly seen: string[] = []
  private readonly expected: RegExp[] = []

  /** The test provokes this: a 409, a server that is down. */
  expect(...patterns: RegExp[]): void {
    this.expected.push(...patterns)
  }

  get complaints(): string[] {
    return this.seen.filter((line) => !this.expected.some((pattern) => pattern.test(line)))
  }

  /** Watches every page of a browser context, which may ask only these origins. */
  async adopt(context: BrowserContext, origins: readonly string[]): Promise<void> {
    const say = (line: string) => void this.seen.push(line)
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(`policy: ${event.effectiveDirective} ${event.blockedURI}`)
      })
    })
    context.on('console', (message) => {
      // The browser's own line for an answer that says no; told better below.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
        say(`console: ${message.text()}`)
      }
    })
    context.on('weberror', (error) => say(`uncaught: ${error.error().message}`))
    const asks = (address: string) => {
      const url = new URL(address.replace(/^ws/, 'http'))
      if (!['data:', 'blob:'].includes(url.protocol) && !origins.includes(url.origin)) say(`foreign: ${address}`)
    }
    context.on('request', (request) => asks(request.url()))
    context.on('page', (page) => page.on('websocket', (socket) => asks(socket.url())))
    context.on('response', (response) => {
      const request = response.request()
      const { pathname } = new URL(response.url())
      if (response.status() >= 400) say(`answer: ${response.status()} ${request.method()} ${pathname}`)
    })
    context.on('requestfailed', (request) => {
      const why = request.failure()?.errorText ?? ''
      // A page that is left, or a newer question, ends the older one.
      if (why !== 'net::ERR_ABORTED') say(`failed: ${why} ${request.method()} ${new URL(request.url()).pathname}`)
    })
  }
}

/** What a page says while its server is gone. */
export const serverGone = [
  /^failed: net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|SOCKET_NOT_CONNECTED|EMPTY_RESPONSE|INTERNET_DISCONNECTED|NETWORK_CHANGED)/,
  /^console: WebSocket connection to .* failed/,
]
