import { NO_HEADERS } from '../../src/base/headers.ts'
import type { MatchInput } from '../../src/routing/match-input.ts'
import type { RouteSpec } from '../../src/spec/spec.ts'
import { OPEN } from '../../src/spec/testing.ts'

/** A route for tests: matches everything, answers 204. */
export const routeSpec = (spec: Partial<RouteSpec> = {}): RouteSpec => ({
  name: 'route',
  index: 0,
  place: undefined,
  priority: 0,
  hosts: [],
  match: { kind: 'prefix', pattern: '/' },
  methods: [],
  headers: [],
  query: [],
  action: { kind: 'respond', status: 204, headers: [], body: '' },
  totalMs: 0,
  ...OPEN,
  ...spec,
})

/** `GET /path` as a request; whatever else it has, in `rest`. */
export const asked = (line: string, rest: Partial<MatchInput> = {}): MatchInput => {
  const [method = '', path = ''] = line.split(' ')
  return { method, path, host: '', query: '', headers: NO_HEADERS, listener: 'web', params: [], ...rest }
}
