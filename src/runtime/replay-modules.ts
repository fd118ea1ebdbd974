import { registerHooks } from 'node:module'
import { ownModule } from '../core/code/own-modules.ts'
import type { TypedModuleSpec, TypedSource } from '../spec/spec-typed.ts'

/** What tells one evaluation of a module from the next, at the end of its URL: `?sallyport=<version>.<try>`. */
export const MARK = 'sallyport='
const MARKED = /^(.*)[?&]sallyport=([0-9a-f]+\.\d+)$/s

const mark = (url: string, evaluation: string): string => `${url}${url.includes('?') ? '&' : '?'}${MARK}${evaluation}`

const split = (url: string): readonly [url: string, evaluation: string | undefined] => {
  const found = MARKED.exec(url)
  return found === null ? [url, undefined] : [found[1]!, found[2]]
}

interface Replayed {
  readonly sources: ReadonlyMap<string, TypedSource>
  /** By importing file, then by what it says. */
  readonly imports: ReadonlyMap<string, ReadonlyMap<string, string>>
}

export interface Replay {
  /** Evaluates the module and all it consists of; anew for each `evaluation`. */
  run(module: TypedModuleSpec, evaluation: string): Promise<Readonly<Record<string, unknown>>>
}

/**
 * Evaluates modules from sources that were read elsewhere. Node has one table of modules for a thread and nothing leaves
 * it, so each evaluation has URLs of its own; imports of the same evaluation stay within it. Packages are Node's to load,
 * and so is what is imported only later, of which the sources were not read. `self`: what `import 'sallyport'` means.
 */
export const createReplay = (self: string): Replay => {
  const home = new URL('./', self).href
  const evaluations = new Map<string, Replayed>()

  registerHooks({
    resolve: (specifier, context, next) => {
      const own = ownModule(specifier, self)
      if (own !== undefined) return { url: own, shortCircuit: true }
      const [parent, evaluation] = split(context.parentURL ?? '')
      if (evaluation === undefined) {
        return evaluations.has(split(specifier)[1] ?? '')
          ? { url: specifier, shortCircuit: true }
          : next(specifier, context)
      }
      const replayed = evaluations.get(evaluation)
      const known = replayed?.imports.get(parent)?.get(specifier)
      if (known !== undefined && replayed?.sources.has(known))
        return { url: mark(known, evaluation), shortCircuit: true }
      const resolved = next(specifier, context)
      const { url } = resolved
      const isTheirs = url.startsWith('file:') && !url.startsWith(home) && !url.includes('/node_modules/')
      return isTheirs ? { ...resolved, url: mark(url, evaluation) } : resolved
    },
    load: (marked, context, next) => {
      const [url, evaluation] = split(marked)
      const source = evaluation === undefined ? undefined : evaluations.get(evaluation)?.sources.get(url)
      if (source === undefined) return next(marked, context)
      return { format: source.format, source: source.text, shortCircuit: true }
    },
  })

  return {
    run: ({ url, sources }, evaluation) => {
      evaluations.set(evaluation, {
        sources: new Map(sources.map(source => [source.url, source])),
        imports: new Map(sources.map(source => [source.url, new Map(source.imports)])),
      })
      return import(mark(url, evaluation))
    },
  }
}
