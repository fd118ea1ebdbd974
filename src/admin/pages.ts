import { type Answer, json, problem, text } from './answer.ts'
import type { RevocationsAdmin } from './revocations.ts'

/** What the admin listener shows; read anew on every request. */
export interface AdminState {
  /** The Prometheus text. */
  metrics(): string
  readonly revocations: RevocationsAdmin
  /** `detail` says, part by part, what is not ready and why. */
  ready(): { readonly ok: boolean; readonly detail: Readonly<Record<string, string>> }
}

type Page = (state: AdminState) => Answer

const INDEX = `Sallyport admin

/metrics  Prometheus metrics
/healthz  200 while the process works
/readyz   200 while at least one worker serves and no drain has begun, else 503
/v1/revocations  how many tokens and keys are revoked; POST {"jti": "..."}, {"sub": ...} or {"key": "sha256:..."}
                 with the header sallyport-admin revokes one, DELETE takes that back
`

const PAGES: ReadonlyMap<string, Page> = new Map<string, Page>([
  ['/', () => text(INDEX)],
  ['/healthz', () => text('ok\n')],
  ['/readyz', readiness],
  ['/metrics', state => ({ status: 200, type: METRICS_TYPE, body: state.metrics() })],
])

/** Prometheus text format 0.0.4. */
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export const pageAt = (path: string): Page =>
  PAGES.get(path) ?? (() => problem('NO_ROUTE', 'There is no such page; see /.'))

function readiness(state: AdminState): Answer {
  const { ok, detail } = state.ready()
  return json({ ready: ok, detail }, ok ? 200 : 503)
}
