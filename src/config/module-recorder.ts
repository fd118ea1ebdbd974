import { createHash } from 'node:crypto'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import { ownModule } from '../core/code/own-modules.ts'
import type { TypedModuleSpec, TypedSource } from '../spec/spec-typed.ts'

export interface Recorder {
  /** Files, in the order of loading. */
  readonly imported: readonly string[]
  /** Those of them that are CommonJS. */
  readonly commonJs: readonly string[]
  /** Everything that was loaded from here on, for other threads. */
  moduleOf(url: string): Omit<TypedModuleSpec, 'name'>
}

interface Loaded {
  readonly url: string
  readonly format: string
  readonly text: string
}

/**
 * Remembers what a configuration consists of: all files but those of packages and ours. `import 'sallyport'` works
 * wherever it lies. `self`: what it means.
 */
export const recordModules = (self: string): Recorder => {
  const home = new URL('./', self).href
  const isTheirs = (url: string): boolean =>
    url.startsWith('file:') && !url.startsWith(home) && !url.includes('/node_modules/')
  const loaded = new Map<string, Loaded>()
  const imports = new Map<string, (readonly [specifier: string, url: string])[]>()
  const imported: string[] = []
  const commonJs: string[] = []

  registerHooks({
    resolve: (specifier, context, next) => {
      const own = ownModule(specifier, self)
      if (own !== undefined) return { url: own, shortCircuit: true }
      const resolved = next(specifier, context)
      const { parentURL = '' } = context
      if (isTheirs(resolved.url)) imports.set(parentURL, [...(imports.get(parentURL) ?? []), [specifier, resolved.url]])
      return resolved
    },
    load: (url, context, next) => {
      // Before it is read: what cannot be is watched all the same.
      if (isTheirs(url)) imported.push(fileURLToPath(url))
      const result = next(url, context)
      if (!isTheirs(url)) return result
      const format = result.format ?? ''
      if (format.startsWith('commonjs')) commonJs.push(fileURLToPath(url))
      else if (typeof result.source === 'string' || result.source instanceof Uint8Array) {
        loaded.set(url, { url, format, text: Buffer.from(result.source).toString('utf8') })
      }
      return result
    },
  })

  return {
    imported,
    commonJs,
    moduleOf: url => {
      const sources = [...loaded.values()].flatMap(each => sourceOf(each, imports.get(each.url) ?? []))
      return { url, version: hashOf(url, sources), sources }
    },
  }
}

/** Of other formats nothing can be handed on: they are loaded from where they are. */
const sourceOf = ({ url, format, text }: Loaded, imports: TypedSource['imports']): TypedSource[] => {
  if (format === 'module-typescript') return [{ url, format: 'module', text: withoutTypes(text), imports }]
  return format === 'module' || format === 'json' ? [{ url, format, text, imports }] : []
}

/** Node says each time that this is experimental. It does the same by itself, unasked, when it loads a file. */
const withoutTypes = (text: string): string => {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}

const hashOf = (url: string, sources: readonly TypedSource[]): string => {
  const hash = createHash('sha256').update(url)
  for (const source of [...sources].sort((a, b) => (a.url < b.url ? -1 : 1))) {
    hash.update(JSON.stringify([source.url, source.format, source.text, source.imports]))
  }
  return hash.digest('hex').slice(0, 32)
}
