import type { AggregateSpec, BranchSpec, RefSpec } from '../../spec/spec-aggregate.ts'
import { aggregateSpec as plainAggregate, branchSpec as plainBranch } from '../../spec/testing.ts'

/** As in spec/testing.ts, but it asks another service for `/<name>`, and little is much. */
export const branchSpec = (name: string, given: Partial<BranchSpec> = {}): BranchSpec =>
  plainBranch(name, { service: `${name}-service`, path: [`/${name}`], maxBytes: 1000, ...given })

export const aggregateSpec = (branches: readonly BranchSpec[], given: Partial<AggregateSpec> = {}): AggregateSpec =>
  plainAggregate(branches, { maxBytes: 10_000, ...given })

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
