/**
 * Runs in a throw-away thread: imports one module and hands back its default export, so that a changed file is read
 * anew (modules cannot be unloaded) and an endless loop in it can be ended.
 */
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import type { Evaluated, EvaluateTask } from './typescript.ts'

const { url, self } = workerData as EvaluateTask
const home = new URL('./', self).href
const imported: string[] = []

registerHooks({
  /** `import { defineConfig } from 'sallyport'` works wherever the file lies. */
  resolve: (specifier, context, next) =>
    specifier === 'sallyport' ? { url: self, shortCircuit: true } : next(specifier, context),
  load: (loaded, context, next) => {
    const theirs = loaded.startsWith('file:') && !loaded.startsWith(home) && !loaded.includes('/node_modules/')
    if (theirs) imported.push(fileURLToPath(loaded))
    return next(loaded, context)
  },
})

const evaluate = async (): Promise<Evaluated> => {
  try {
    const module: Record<string, unknown> = await import(url)
    const value = defaultOf(module)
    const odd = oddValue(value, [])
    if (odd !== undefined)
      return { failed: `must be plain data, found a ${odd.kind}`, path: odd.path, stack: '', imported }
    return { value: structuredClone(value), imported }
  } catch (error) {
    if (!(error instanceof Error)) return { failed: 'it throws something that is not an Error', stack: '', imported }
    return { failed: error.message, stack: error.stack ?? '', imported }
  }
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
  const entries: Iterable<[string | number, unknown]> = Array.isArray(value) ? value.entries() : Object.entries(value)
  for (const [key, item] of entries) {
    const odd = oddValue(item, [...path, key])
    if (odd !== undefined) return odd
  }
  return undefined
}

parentPort?.postMessage(await evaluate())
