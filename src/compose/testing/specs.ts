import type { AggregateSpec, BranchSpec, RefSpec } from '../../spec/spec-aggregate.ts'

/** An optional branch with only what matters spelled out; it asks for `/<name>`. */
export const branchSpec = (name: string, given: Partial<BranchSpec> = {}): BranchSpec => ({
  name,
  service: `${name}-service`,
  method: 'GET',
  path: [`/${name}`],
  query: [],
  headers: [],
  body: undefined,
  required: false,
  timeoutMs: 0,
  retry: undefined,
  fallback: undefined,
  when: [],
  expect: [[200, 299]],
  maxBytes: 1000,
  edits: [],
  ...given,
})

export const aggregateSpec = (branches: readonly BranchSpec[], given: Partial<AggregateSpec> = {}): AggregateSpec => ({
  kind: 'aggregate',
  deadlineMs: 500,
  branches,
  shape: { kind: 'object' },
  meta: false,
  whenEmpty: 'error',
  maxBytes: 10_000,
  passHeaders: [],
  headers: [],
  takeHeaders: [],
  typed: undefined,
  ...given,
})

/** `claims.sub`, as it is written. */
export const ref = (text: string): RefSpec => {
  const [source = '', ...path] = text.split('.')
  if (!isSource(source)) throw new Error(`${source} is no source`)
  return { source, path }
}

const SOURCES: ReadonlySet<string> = new Set<RefSpec['source']>([
  'params',
  'query',
  'headers',
  'claims',
  'body',
  'branches',
  'consumer',
  'subject',
])

const isSource = (text: string): text is RefSpec['source'] => SOURCES.has(text)
