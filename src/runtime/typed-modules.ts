import { thrownText } from '../base/thrown.ts'
import { typedPartsIn } from '../core/code/hidden.ts'
import type { TypedParts, TypedPartsOf } from '../core/code/typed-parts.ts'
import type { Log, Meter } from '../core/ports.ts'
import { valueAt } from '../spec/source.ts'
import type { GatewaySpec } from '../spec/spec.ts'
import type { TypedModuleSpec, TypedSpec } from '../spec/spec-typed.ts'
import { createReplay, type Replay } from './replay-modules.ts'
import { outliveTheirErrors } from './their-errors.ts'

/** `.ts` in the sources, `.js` once built. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const SELF = new URL(`../index.${EXTENSION}`, import.meta.url).href

/** Less than a worker has to prepare: one that evaluates without end must say so itself. */
const LONGEST_MS = 8_000

export interface TypedModules {
  /**
   * Evaluates what the Spec's aggregates, handlers and plugins have of code, each version once in this thread. Rejects with an Error whose
   * message is one sentence where that fails; then nothing has changed. What fails is counted by `meter`, and logged.
   */
  load(spec: GatewaySpec, meter: Meter): Promise<TypedPartsOf>
}

/** Once in so many versions it is said that they stay. */
const TELL_EVERY = 100

export interface TypedModulesOptions {
  readonly longestMs?: number
  /** Once, before anything is evaluated. */
  readonly outlive?: (log: Log) => void
  /** What modules export by default that need no evaluation: those of this very thread. */
  readonly live?: Pick<ReadonlyMap<TypedModuleSpec, unknown>, 'get'>
}

/** The modules of configurations in TypeScript, in one worker. One that is not needed any more stays (docs/decisions/0011). */
export const createTypedModules = (
  log: Log,
  { longestMs = LONGEST_MS, outlive = outliveTheirErrors, live = new Map() }: TypedModulesOptions = {},
): TypedModules => {
  const evaluated = new Map<string, Promise<unknown>>()
  let replay: Replay | undefined
  let tries = 0

  const evaluate = async (module: TypedModuleSpec): Promise<unknown> => {
    if (replay === undefined) {
      replay = createReplay(SELF)
      outlive(log)
    }
    // Node remembers failures too: another try is another evaluation.
    const exported = await inTime(replay.run(module, `${module.version}.${tries++}`), longestMs)
    return exported['default']
  }

  const defaultOf = (module: TypedModuleSpec, meter: Meter): Promise<unknown> => {
    const { version, name } = module
    const known = evaluated.get(version)
    if (known !== undefined) return known
    const now = evaluate(module).catch((error: unknown) => {
      evaluated.delete(version)
      meter.counter('sallyport_code_failures_total').add(1)
      log.error(`the code of ${name} cannot be evaluated`, { error: thrownText(error) })
      throw new Error(`${name}: ${messageOf(error)}`)
    })
    evaluated.set(version, now)
    if (evaluated.size % TELL_EVERY === 0) {
      log.warn(`code of ${evaluated.size} versions of ${name} is in memory, where it stays until a restart`)
    }
    return now
  }

  return {
    load: async (spec, meter) => {
      const exports = new Map<string, unknown>()
      for (const module of modulesIn(spec))
        exports.set(module.version, live.get(module) ?? (await defaultOf(module, meter)))
      return typed => partsAt(exports.get(typed.module.version), typed)
    },
  }
}

const modulesIn = ({ routes }: GatewaySpec): ReadonlySet<TypedModuleSpec> =>
  new Set(
    routes
      .flatMap(({ action, plugins }) => [
        ...(action.kind === 'aggregate' || action.kind === 'handler' ? [action.typed] : []),
        ...plugins.map(({ typed }) => typed),
      ])
      .flatMap(typed => typed?.module ?? []),
  )

/** Of what it says: whoever reads why a reload was refused does not read a body. The log has more. */
const LONGEST_MESSAGE = 300

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'it throws something that is not an Error'
  try {
    const message = String(error.message)
    return message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}...` : message
  } catch {
    return 'it throws something that cannot be shown'
  }
}

const partsAt = (exported: unknown, { module, at }: TypedSpec): TypedParts => {
  const parts = typedPartsIn(valueAt(exported, at))
  if (parts !== null) return parts
  throw new Error(
    `${module.name}: each time it is evaluated it says something else; aggregates, handlers and plugins must be the same everywhere`,
  )
}

const inTime = async <T>(pending: Promise<T>, ms: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`evaluating it took longer than ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([pending, late])
  } finally {
    clearTimeout(timer)
  }
}
