import { posix } from 'node:path'
import { importsOf } from './imports.ts'

export interface Layer {
  readonly name: string
  /**
   * Folders of `src/`; `entry` stands for the files that lie in `src/` itself. Where `neighbours` is set, a folder may
   * also import those written before it; otherwise folders of one layer do not know each other.
   */
  readonly folders: readonly string[]
  readonly neighbours: boolean
}

export interface Rules {
  /** Lowest first. */
  readonly layers: readonly Layer[]
  /** Runtime packages, and the one folder of `src/` that may import each. */
  readonly packages: ReadonlyMap<string, string>
  /** Packages for tests, benchmarks and scripts only. */
  readonly devPackages: readonly string[]
}

/**
 * What breaks the rules, one sentence each. `files` maps paths from the root of the repository (`src/core/reply.ts`)
 * to their text. Types count like values: a type is knowledge too.
 */
export const violations = (files: ReadonlyMap<string, string>, rules: Rules): readonly string[] => {
  const graph = new Map([...files].map(([file, source]) => [file, importsOf(source)]))
  const found: string[] = []
  for (const [file, specifiers] of graph) {
    for (const specifier of new Set(specifiers)) {
      const why = specifier.startsWith('.')
        ? againstLayers(file, posix.join(posix.dirname(file), specifier), rules)
        : againstPackages(file, specifier, rules)
      if (why !== undefined) found.push(`${file} imports ${specifier}: ${why}`)
    }
  }
  return [...found, ...cycles(graph).map(cycle => `import cycle: ${cycle.join(' → ')}`)]
}

const againstLayers = (file: string, target: string, { layers }: Rules): string | undefined => {
  const from = placeOf(file, layers)
  if (from === undefined) return isSource(file) ? `${folderOf(file)}/ is in no layer` : undefined
  if (!isSource(target)) {
    if (isTest(file) && target.startsWith('test/support/')) return undefined
    return 'only tests may look outside src/, and only into test/support/'
  }
  if (target.endsWith('.test.ts')) return 'a test is not a library'
  if (isTest(target) && !isTest(file)) return 'fakes are for tests'
  const to = placeOf(target, layers)
  if (to === undefined) return `${folderOf(target)}/ is in no layer`
  if (to.folder === from.folder || to.layer < from.layer) return undefined
  if (to.layer > from.layer) return `an import points down, ${to.folder}/ is above ${from.folder}/`
  if (!layers[from.layer]!.neighbours)
    return `${from.folder}/ and ${to.folder}/ are siblings; meet through a port in core/`
  return to.rank < from.rank ? undefined : `${to.folder}/ may know ${from.folder}/, not the other way round`
}

const againstPackages = (file: string, specifier: string, { packages, devPackages }: Rules): string | undefined => {
  if (specifier.startsWith('node:')) return undefined
  const name = packageOf(specifier)
  if (devPackages.includes(name)) {
    return isSource(file) && !isTest(file) ? `${name} is a development dependency` : undefined
  }
  const home = packages.get(name)
  if (home === undefined) return `${name} is not in the list of packages`
  return isSource(file) && folderOf(file) !== home ? `${name} is imported in src/${home}/ only` : undefined
}

interface Place {
  readonly folder: string
  readonly layer: number
  /** Position within the layer. */
  readonly rank: number
}

const placeOf = (file: string, layers: readonly Layer[]): Place | undefined => {
  if (!isSource(file)) return undefined
  const folder = folderOf(file)
  const layer = layers.findIndex(each => each.folders.includes(folder))
  return layer < 0 ? undefined : { folder, layer, rank: layers[layer]!.folders.indexOf(folder) }
}

/** Each cycle once, beginning with the file that comes first in the map. */
const cycles = (graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] => {
  const found: string[][] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): void => {
    const start = path.indexOf(file)
    if (start >= 0) found.push([...path.slice(start), file])
    if (start >= 0 || done.has(file)) return
    path.push(file)
    for (const specifier of graph.get(file) ?? []) {
      if (specifier.startsWith('.')) visit(posix.join(posix.dirname(file), specifier))
    }
    path.pop()
    done.add(file)
  }
  for (const file of graph.keys()) visit(file)
  return found
}

const isSource = (file: string): boolean => file.startsWith('src/')
/** Tests, and the fakes they share: whatever begins with `testing` in a folder. None of them is in the package. */
const isTest = (file: string): boolean => /\.test\.ts$|^src\/[^/]+\/testing/.test(file)
const folderOf = (file: string): string => (file.split('/').length === 2 ? 'entry' : file.split('/')[1]!)
const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
