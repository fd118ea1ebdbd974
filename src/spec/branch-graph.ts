import type { BranchSpec, JsonTemplate, RefSpec, TextTemplate } from './spec-aggregate.ts'

/** Which branches wait for which (DESIGN §5: by reference). */

/** Names of the branches whose data one needs before it can start, each once, in the order of first use. */
export const dependenciesOf = (branch: BranchSpec): readonly string[] => {
  const names = refsOf(branch).flatMap(({ source, path: [name] }) =>
    source === 'branches' && name !== undefined ? [name] : [],
  )
  return [...new Set(names)]
}

const refsOf = ({ path, query, headers, body, when }: BranchSpec): readonly RefSpec[] => [
  ...when.map(({ ref }) => ref),
  ...refsInText(path),
  ...query.flatMap(([, value]) => refsInText(value)),
  ...headers.flatMap(([, value]) => refsInText(value)),
  ...(body === undefined ? [] : refsInJson(body)),
]

const refsInText = (template: TextTemplate): RefSpec[] => template.filter(part => typeof part !== 'string')

const refsInJson = (template: JsonTemplate): readonly RefSpec[] => {
  switch (template.kind) {
    case 'literal':
      return []
    case 'ref':
      return [template.ref]
    case 'text':
      return refsInText(template.parts)
    case 'list':
      return template.items.flatMap(refsInJson)
    case 'object':
      return template.members.flatMap(([, item]) => refsInJson(item))
  }
}

/**
 * What can run together, one stage after the other: each branch is in the first stage in which all it needs is there.
 * A branch starts as soon as that is so, not when a stage as a whole is over. Branches in a cycle are left out.
 */
export const stagesOf = (branches: readonly BranchSpec[]): readonly (readonly string[])[] => {
  const known = new Set(branches.map(({ name }) => name))
  const stages: string[][] = []
  const done = new Set<string>()
  let rest = branches.map(branch => ({
    name: branch.name,
    needs: dependenciesOf(branch).filter(one => known.has(one)),
  }))
  while (rest.length > 0) {
    const ready = rest.filter(({ needs }) => needs.every(name => done.has(name)))
    if (ready.length === 0) break
    stages.push(ready.map(({ name }) => name))
    for (const { name } of ready) done.add(name)
    rest = rest.filter(one => !ready.includes(one))
  }
  return stages
}

/**
 * Branches each of which waits for the next, and the last for the first; undefined where there are none. A branch waits
 * for those it refers to, and, when it fails, for the one that stands in for it.
 */
export const cycleIn = (branches: readonly BranchSpec[]): readonly string[] | undefined => {
  const byName = new Map(branches.map(branch => [branch.name, branch]))
  const done = new Set<string>()
  const visit = (name: string, way: readonly string[]): readonly string[] | undefined => {
    const branch = byName.get(name)
    if (branch === undefined || done.has(name)) return undefined
    if (way.includes(name)) return way.slice(way.indexOf(name))
    const found = first(waitsFor(branch), next => visit(next, [...way, name]))
    done.add(name)
    return found
  }
  return first(byName.keys(), name => visit(name, []))
}

const waitsFor = (branch: BranchSpec): readonly string[] =>
  branch.fallback?.kind === 'branch' ? [...dependenciesOf(branch), branch.fallback.branch] : dependenciesOf(branch)

const first = <T, R>(items: Iterable<T>, find: (item: T) => R | undefined): R | undefined => {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}
