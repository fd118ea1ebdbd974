import { type Answer, json, text } from './answer.ts'
import { answerRevocations, type RevocationsAdmin } from './revocations.ts'
import { answerDrain, answerForce, answerService, type ServicesAdmin } from './services.ts'

/** What the admin listener shows; read anew on every request. */
export interface AdminState {
  /** The Prometheus text. */
  metrics(): string
  readonly services: ServicesAdmin
  readonly revocations: RevocationsAdmin
  /** `detail` says, part by part, what is not ready and why. */
  ready(): { readonly ok: boolean; readonly detail: Readonly<Record<string, string>> }
}

/** A request that may be asked. */
export interface Asked {
  readonly method: string
  /** What stands for `{name}` in the path. */
  readonly name: string
  /** Empty when nothing is changed. */
  readonly body: string
  /** Milliseconds since the epoch. */
  readonly now: number
}

export interface Page {
  readonly path: string
  /** A method that is not GET or HEAD changes something. */
  readonly methods: readonly string[]
  answer(state: AdminState, asked: Asked): Answer | Promise<Answer>
}

const INDEX = `Sallyport admin

/metrics  Prometheus metrics
/healthz  200 while the process works
/readyz   200 while at least one worker serves and no drain has begun, else 503
/v1/services  all services and their targets: health, breakers, requests in flight, latency
/v1/services/{name}  one of them
/v1/services/{name}/breaker  POST {"state": "open"}, "closed" or "auto" forces the breaker of the service, or with
                             "target": URL that of a target, or lets it decide by itself again
/v1/services/{name}/drain    POST {"target": URL, "drain": true} takes a target out of the traffic, false brings it back
/v1/revocations  how many tokens and keys are revoked; POST {"jti": "..."}, {"sub": ...} or {"key": "sha256:..."}
                 revokes one, DELETE takes that back

What changes something needs the header sallyport-admin, with any value.
`

/** Prometheus text format 0.0.4. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

const READ: readonly string[] = ['GET', 'HEAD']

const PAGES: readonly Page[] = [
  { path: '/', methods: READ, answer: () => text(INDEX) },
  { path: '/healthz', methods: READ, answer: () => text('ok\n') },
  { path: '/readyz', methods: READ, answer: state => readiness(state) },
  { path: '/metrics', methods: READ, answer: state => ({ status: 200, type: METRICS_TYPE, body: state.metrics() }) },
  { path: '/v1/services', methods: READ, answer: ({ services }) => json(services.list()) },
  { path: '/v1/services/{name}', methods: READ, answer: ({ services }, { name }) => answerService(services, name) },
  {
    path: '/v1/services/{name}/breaker',
    methods: ['POST'],
    answer: ({ services }, { name, body }) => answerForce(services, name, body),
  },
  {
    path: '/v1/services/{name}/drain',
    methods: ['POST'],
    answer: ({ services }, { name, body }) => answerDrain(services, name, body),
  },
  {
    path: '/v1/revocations',
    methods: [...READ, 'POST', 'DELETE'],
    answer: ({ revocations }, { method, body, now }) => answerRevocations(method, body, revocations, now),
  },
]

/** The page at a path, and what `{name}` is there. */
export const pageAt = (path: string): { readonly page: Page; readonly name: string } | undefined => {
  for (const page of PAGES) {
    const name = nameIn(page.path, path)
    if (name !== undefined) return { page, name }
  }
  return undefined
}

/** Empty where the pattern has no name, undefined where it does not match. */
const nameIn = (pattern: string, path: string): string | undefined => {
  const [before = '', after] = pattern.split('{name}')
  if (after === undefined) return path === pattern ? '' : undefined
  const end = path.length - after.length
  if (!path.startsWith(before) || !path.endsWith(after) || end <= before.length) return undefined
  const name = path.slice(before.length, end)
  return name.includes('/') ? undefined : decoded(name)
}

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const readiness = (state: AdminState): Answer => {
  const { ok, detail } = state.ready()
  return json({ ready: ok, detail }, ok ? 200 : 503)
}
