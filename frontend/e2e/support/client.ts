/** The desk's API as one signed-in user, for what a test arranges or looks up. */
export class Client {
  private constructor(
    private readonly url: string,
    /** value of the cookie desk_session */
    readonly cookie: string,
    private readonly csrf: string,
    readonly name: string,
  ) {}

  static async signIn(url: string, username: string, password: string): Promise<Client> {
    const answer = await fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ username, password }),
    })
    if (!answer.ok) throw new Error(`sign in as ${username}: ${answer.status} ${await answer.text()}`)
    const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('desk_session='))
    const session = (await answer.json()) as { csrf: string; user: { name: string } }
    return new Client(url, cookie?.split(';')[0]?.split('=')[1] ?? '', session.csrf, session.user.name)
  }

  get<T>(path: string): Promise<T> {
    return this.call('GET', path)
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.call('POST', path, body)
  }

  patch<T>(path: string, body: unknown): Promise<T> {
    return this.call('PATCH', path, body)
  }

  /** Sends a text as a file. */
  upload<T>(path: string, name: string, text: string): Promise<T> {
    const form = new FormData()
    form.append('file', new Blob([text]), name)
    return this.call('POST', path, form)
  }

  /** The status a call is answered with. */
  async status(path: string): Promise<number> {
    return (await this.ask('GET', path)).status
  }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.ask(method, path, body)
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return (answer.status === 204 ? undefined : await answer.json()) as T
  }

  private ask(method: string, path: string, body?: unknown): Promise<Response> {
    const json = body !== undefined && !(body instanceof FormData)
    return fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        Cookie: `desk_session=${this.cookie}`,
        'X-Desk-CSRF': this.csrf,
        ...(json ? { 'Content-Type': 'application/json' } : {}),
      },
      ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : body as FormData }),
    })
  }
}
