import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Server } from 'node:http'
import type { Plugin } from 'vite'
import { WebSocketServer, type WebSocket } from 'ws'
import { answer } from './routes.ts'
import { head, onEvent } from './wire.ts'

// A small made-up server behind `npm run dev:mock` and the screen tests. It
// keeps everything in memory and is never part of a build.

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "media-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

async function body(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const result = answer(
    request.method ?? 'GET',
    new URL(request.url ?? '/', 'http://desk'),
    await body(request),
    request.headers.cookie ?? '',
  )
  response.statusCode = result.status
  for (const [name, value] of Object.entries(result.headers ?? {})) response.setHeader(name, value)
  if (result.raw) response.end(result.raw)
  else if (result.json === undefined) response.end()
  else {
    const type = result.status >= 400 ? 'application/problem+json' : 'application/json'
    response.setHeader('Content-Type', type)
    response.end(JSON.stringify(result.json))
  }
}

function live(server: Server): void {
  const sockets = new Set<WebSocket>()
  const wss = new WebSocketServer({ noServer: true, handleProtocols: () => 'desk.v1' })
  server.on('upgrade', (request, socket, start) => {
    if (!request.url?.startsWith('/api/v1/live')) return
    wss.handleUpgrade(request, socket, start, (ws) => {
      sockets.add(ws)
      ws.on('close', () => sockets.delete(ws))
      ws.on('message', (data) => hear(ws, String(data)))
    })
  })
  onEvent((frame) => {
    for (const ws of sockets) ws.send(JSON.stringify(frame))
  })
}

function hear(ws: WebSocket, text: string): void {
  const frame = JSON.parse(text) as { type: string; ticket_id?: string; state?: string }
  if (frame.type === 'hello') {
    ws.send(
      JSON.stringify({ type: 'welcome', head: head(), server_time: new Date().toISOString() }),
    )
  }
  if (frame.type === 'presence' && frame.ticket_id === '100' && frame.state === 'viewing') {
    const user = { id: '4', name: '张伟' }
    ws.send(JSON.stringify({ type: 'presence', ticket_id: '100', state: 'typing', user }))
  }
}

export function mockServer(): Plugin {
  const middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => {
    if (request.url?.startsWith('/api/')) void serve(request, response)
    else next()
  }
  return {
    name: 'mock-server',
    configureServer(server) {
      server.middlewares.use(middleware)
      if (server.httpServer) live(server.httpServer as Server)
    },
    configurePreviewServer(server) {
      // The built page runs under the policy that the real server sends.
      server.middlewares.use((_request, response, next) => {
        response.setHeader('Content-Security-Policy', policy)
        next()
      })
      server.middlewares.use(middleware)
      live(server.httpServer as Server)
    },
  }
}
