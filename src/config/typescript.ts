import { fileURLToPath, pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Path, Place, Problem } from '../spec/problem.ts'
import type { TypedModuleSpec, TypedPlace } from '../spec/spec-typed.ts'
import { type ParsedDocument, unreadable } from './document.ts'
import { locateLiterals } from './literals.ts'

export interface EvaluateTask {
  readonly url: string
  /** What `sallyport` means in an import. */
  readonly self: string
}

export type Evaluated =
  | { readonly value: unknown; readonly imported: readonly string[]; readonly typed?: EvaluatedCode }
  | {
      readonly failed: string
      /** Of the value at fault. */
      readonly path?: Path
      readonly stack: string
      readonly imported: readonly string[]
    }

/** Of a module with aggregates that were written with `aggregate()`. */
export interface EvaluatedCode {
  readonly module: Omit<TypedModuleSpec, 'name'>
  /** Where they stand in the default export. */
  readonly places: readonly TypedPlace[]
  /** Files that cannot be loaded anew. */
  readonly commonJs: readonly string[]
}

export interface EvaluateOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly timeoutMs?: number
  /** How a file is called in places. */
  readonly nameOf: (file: string) => string
}

/** Evaluates a configuration module; its default export must be plain data. */
export const evaluateModule = async (text: string, file: string, options: EvaluateOptions): Promise<ParsedDocument> => {
  const outcome = await runInThread(file, options)
  if (typeof outcome === 'string') return unreadable({ message: outcome, place: startOf(options.nameOf(file)) })
  const { imported } = outcome
  if ('failed' in outcome) return { ...unreadable(failure(text, file, outcome, options)), imported }
  if (outcome.value === undefined) {
    const message = 'there is no default export'
    const hint = 'write "export default defineConfig({ ... })"'
    return { ...unreadable({ message, hint, place: startOf(options.nameOf(file)) }), imported }
  }
  const found = { document: outcome.value, locate: locateLiterals(text, options.nameOf(file)), imported }
  const { typed } = outcome
  if (typed === undefined) return { ...found, problems: [] }
  const module = { ...typed.module, name: options.nameOf(file) }
  const code = new Map(typed.places.map(place => [JSON.stringify(place.at), { module, ...place }]))
  return {
    ...found,
    problems: typed.commonJs.map(each => loadedOnce(options.nameOf(each))),
    typed: path => code.get(JSON.stringify(path)),
  }
}

const loadedOnce = (file: string): Problem => ({
  severity: 'warning',
  path: [],
  message: 'is CommonJS, which is loaded once: for the code of aggregates, changes of it count after a restart',
  hint: 'write it with import and export',
  place: startOf(file),
})

const DEFAULT_TIMEOUT_MS = 10_000
/** `.ts` in the sources, `.js` once built. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js'

/** A text tells why there is no outcome. */
const runInThread = (
  file: string,
  { env, timeoutMs = DEFAULT_TIMEOUT_MS }: EvaluateOptions,
): Promise<Evaluated | string> =>
  new Promise(resolve => {
    const workerData: EvaluateTask = {
      url: pathToFileURL(file).href,
      self: new URL(`../index.${EXTENSION}`, import.meta.url).href,
    }
    const script = new URL(`./evaluate.worker.${EXTENSION}`, import.meta.url)
    const worker = new Worker(script, { workerData, env: definedOnly(env), stdout: true })
    worker.stdout.pipe(process.stderr, { end: false })
    const finish = (outcome: Evaluated | string): void => {
      clearTimeout(timer)
      resolve(outcome)
      void worker.terminate()
    }
    const timer = setTimeout(() => finish(`evaluating it took longer than ${timeoutMs} ms`), timeoutMs)
    worker.once('message', finish)
    worker.once('error', error => finish({ failed: messageOf(error), stack: stackOf(error), imported: [] }))
    worker.once('exit', () => finish('it ended its thread while it was evaluated'))
  })

const definedOnly = (env: EvaluateOptions['env']): Record<string, string> =>
  Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined))

type Failure = Extract<Evaluated, { failed: string }>

const failure = (
  text: string,
  file: string,
  { failed, path = [], stack }: Failure,
  { nameOf }: EvaluateOptions,
): Problem => ({
  severity: 'error',
  code: 'syntax',
  path,
  message: failed.replaceAll(file, nameOf(file)),
  place: placeInStack(stack, nameOf) ?? literalPlace(text, path, nameOf(file)) ?? startOf(nameOf(file)),
})

const literalPlace = (text: string, path: Path, file: string): Place | undefined =>
  path.length === 0 ? undefined : locateLiterals(text, file)(path, 'value')

/** What of us is on the stack says nothing about the configuration. */
const HOME = new URL('../', import.meta.url).href

/** Syntax errors come with a picture of the line, others with stack frames. */
const placeInStack = (stack: string, nameOf: (file: string) => string): Place | undefined => {
  const picture = /^(file:\/\/[^\n]+|\/[^\n]+):(\d+)\n[\s\S]*?\n( *)\^+\n/.exec(stack)
  if (picture !== null)
    return { file: nameOf(pathOf(picture[1]!)), line: Number(picture[2]), column: picture[3]!.length + 1 }
  for (const [, url, line, column] of stack.matchAll(/(file:\/\/[^\s)]+):(\d+):(\d+)/g)) {
    if (!url!.includes('/node_modules/') && !url!.startsWith(HOME)) {
      return { file: nameOf(pathOf(url!)), line: Number(line), column: Number(column) }
    }
  }
  return undefined
}

const pathOf = (text: string): string => (text.startsWith('file:') ? fileURLToPath(text) : text)
const startOf = (file: string): Place => ({ file, line: 1, column: 1 })
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
const stackOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? '') : '')
