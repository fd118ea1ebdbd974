/**
 * Runs in a throw-away thread: imports one module and hands back its default export, so that a changed file is read
 * anew (modules cannot be unloaded) and an endless loop in it can be ended.
 *
 * What `aggregate()` and `handler()` hide in it is no data and stays here; where such values stand is told, with the sources of the
 * module: workers evaluate them by themselves (runtime/typed-modules.ts).
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { Path } from '../spec/problem.ts'
import { recordModules } from './module-recorder.ts'
import { membersOf, placesOfTyped } from './typed-places.ts'
import type { Evaluated, EvaluateTask } from './typescript.ts'

const { url, self } = workerData as EvaluateTask
const recorder = recordModules(self)
const { imported, commonJs } = recorder

const evaluate = async (): Promise<Evaluated> => {
  try {
    const module: Record<string, unknown> = await import(url)
    const value = defaultOf(module)
    const odd = oddValue(value, [])
    if (odd !== undefined) return { failed: messageOf(odd), path: odd.path, stack: '', imported }
    const places = [...placesOfTyped(value, [], [])]
    if (places.length === 0) return { value: structuredClone(value), imported }
    const code = recorder.moduleOf(url)
    if (code.sources.some(source => source.url === url)) {
      return { value: structuredClone(value), imported, typed: { module: code, places, commonJs } }
    }
    return { failed: 'code needs a module, not CommonJS: write import and export', stack: '', imported }
  } catch (error) {
    if (!(error instanceof Error)) return { failed: 'it throws something that is not an Error', stack: '', imported }
    return { failed: error.message, stack: error.stack ?? '', imported }
  }
}

const messageOf = ({ kind, path }: Odd): string => {
  const wanted = kind === 'function' ? wantedAt(path) : undefined
  return wanted === undefined ? `must be plain data, found a ${kind}` : `must be ${wanted}, found a function`
}

/** Where a configuration can have code, if it is wrapped. */
const wantedAt = (path: Path): string | undefined => {
  if (path.at(-1) === 'handler') return 'handler(request => ...), of "sallyport"'
  return path.at(-3) === 'plugins' ? 'of definePlugin({ ... }), of "sallyport/plugin"' : undefined
}

/** A file without any import or export is CommonJS to Node, and its empty `module.exports` a default export. */
const defaultOf = (module: Record<string, unknown>): unknown => {
  const value = module['default']
  const emptied = 'module.exports' in module && typeof value === 'object' && Object.keys(value ?? {}).length === 0
  return emptied ? undefined : value
}

interface Odd {
  readonly kind: string
  readonly path: (string | number)[]
}

/** The first value that cannot cross threads unchanged. */
const oddValue = (value: unknown, path: (string | number)[]): Odd | undefined => {
  if (typeof value === 'function' || typeof value === 'symbol') return { kind: typeof value, path }
  if (typeof value !== 'object' || value === null || path.length > 50) return undefined
  if (value instanceof Promise) return { kind: 'promise', path }
  for (const [key, item] of membersOf(value)) {
    const odd = oddValue(item, [...path, key])
    if (odd !== undefined) return odd
  }
  return undefined
}

parentPort?.postMessage(await evaluate())
