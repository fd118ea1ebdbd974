import type { Loaded } from '../config/load.ts'
import type { Log } from '../core/ports.ts'
import type { Path } from '../spec/problem.ts'
import { showProblem } from '../spec/problem.ts'
import type { GatewaySpec } from '../spec/spec.ts'
import type { TypedModuleSpec } from '../spec/spec-typed.ts'
import type { ConfigSource } from './api.ts'
import { ConfigError } from './config-error.ts'

export interface SourceOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Log
}

/** Reads and checks what gateways in this thread are made of. */
export interface Sources {
  /** Rejects with a ConfigError; warnings go to the log. */
  load(config: ConfigSource): Promise<GatewaySpec>
  /** What stands in the place of an evaluated module, for code in configurations that were given as objects. */
  readonly live: Pick<ReadonlyMap<TypedModuleSpec, unknown>, 'get'>
}

export const createSources = ({ cwd, env, log }: SourceOptions): Sources => {
  const live = new WeakMap<TypedModuleSpec, unknown>()
  let versions = 0

  const loadFile = async (file: string): Promise<Loaded> => {
    const { loadApart } = await import('../config/load-apart.ts')
    return loadApart({ file, cwd, env })
  }

  /** In this thread: its code cannot leave it. */
  const loadObject = async (document: object): Promise<Loaded> => {
    const { loadDocument, placesOfTyped } = await import('../config/load-document.ts')
    const module: TypedModuleSpec = { name: 'the configuration', url: '', version: `live ${++versions}`, sources: [] }
    live.set(module, document)
    const places = new Map(
      [...placesOfTyped(document, [], [])].map(place => [JSON.stringify(place.at), { module, ...place }]),
    )
    const typed = (path: Path) => places.get(JSON.stringify(path))
    return withoutDefaultAdmin(document, await loadDocument({ document, folder: cwd, env, typed }))
  }

  return {
    live,
    load: async config => {
      const { spec, problems } = await (typeof config === 'string' ? loadFile(config) : loadObject(config))
      if (spec === undefined) throw new ConfigError(problems)
      for (const problem of problems) log.warn(showProblem(problem))
      return { ...spec, workers: 1 }
    },
  }
}

/** The usual address of the admin listener is for the one gateway of a machine, not for each in somebody's process. */
const withoutDefaultAdmin = (document: object, loaded: Loaded): Loaded =>
  loaded.spec === undefined || 'admin' in document ? loaded : { ...loaded, spec: { ...loaded.spec, admin: undefined } }
