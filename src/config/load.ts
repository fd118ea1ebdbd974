import { stat } from 'node:fs/promises'
import { dirname, extname, isAbsolute, relative, resolve } from 'node:path'
import { checkDocument } from '../spec/check.ts'
import { inOrder, type Problem } from '../spec/problem.ts'
import { hideSecrets, hideTelling } from '../spec/secrets.ts'
import { startReport } from '../spec/source.ts'
import type { GatewaySpec } from '../spec/spec.ts'
import { loadCertificates } from './certificates.ts'
import { readFromDisk } from './disk.ts'
import type { ParsedDocument } from './document.ts'
import { parseJson } from './json.ts'
import { type Env, fillReferences, type ReadFile, reasonOf } from './outside.ts'
import { loadPublicKeys } from './public-keys.ts'
import { loadTargetFiles } from './target-files.ts'
import { evaluateModule } from './typescript.ts'
import { parseYaml } from './yaml.ts'

export interface LoadOptions {
  /** Relative to `cwd`; without one, the usual names are looked for there. */
  readonly file?: string | undefined
  readonly cwd: string
  readonly env: Env
  /** Rejects like `fs.promises.readFile`. */
  readonly readFile?: ReadFile
  /** For a configuration in TypeScript. */
  readonly timeoutMs?: number
  readonly cores?: number
}

export interface Loaded {
  /** Nothing when there is an error among the problems. */
  readonly spec?: GatewaySpec
  readonly problems: readonly Problem[]
  /** The configuration, as an absolute path; the first usual name when none was found. */
  readonly file: string
  /** Absolute paths of all files that have a say, also of those that could not be read. */
  readonly watched: readonly string[]
}

export const USUAL_NAMES = ['sallyport.yaml', 'sallyport.json', 'sallyport.config.ts'] as const

/** Reads, fills in and checks a configuration. What is wrong with it is told, not thrown. */
export const loadConfig = async (options: LoadOptions): Promise<Loaded> => {
  const file = await findConfig(options)
  if (file === undefined) return noConfig(options.cwd)
  const parsed = await parseFile(file, options)
  const watched = [file, ...(parsed.imported ?? [])]
  if (parsed.document === undefined) return { problems: parsed.problems, file, watched: unique(watched) }
  return checkParsed(file, parsed, watched, options)
}

export interface DocumentOptions extends Pick<LoadOptions, 'env' | 'readFile' | 'cores'> {
  readonly document: unknown
  /** What relative paths in it are relative to. */
  readonly folder: string
  /** Which code belongs to a value. */
  readonly typed?: ParsedDocument['typed']
}

/** Fills in and checks a configuration that is in memory. */
export const loadDocument = ({ document, folder, typed, ...options }: DocumentOptions): Promise<Loaded> => {
  const parsed = { document, problems: [], locate: () => undefined, ...(typed === undefined ? {} : { typed }) }
  return checkParsed(resolve(folder, 'configuration'), parsed, [], { ...options, cwd: folder })
}

const checkParsed = async (
  file: string,
  parsed: ParsedDocument,
  watched: readonly string[],
  options: LoadOptions,
): Promise<Loaded> => {
  const { readFile = readFromDisk, env, cores } = options
  const outside = new Set<string>()
  const report = startReport({
    document: parsed.document,
    folder: dirname(file),
    locate: parsed.locate,
    typed: parsed.typed,
    fromOutside: path => outside.has(JSON.stringify(path)),
  })
  const filled = await fillReferences(report, { file, env, readFile })
  for (const path of filled.outside) outside.add(path)
  const certificates = await loadCertificates(report, filled.document, file, readFile)
  const keys = await loadPublicKeys(report, certificates.document, file, readFile)
  const targets = await loadTargetFiles(report, keys.document, file, readFile)
  for (const path of [...certificates.outside, ...keys.outside]) outside.add(path)
  const checked = checkDocument({ ...report.source, document: targets.document }, cores)
  // A value that could not be filled in is wrong in no other way.
  const rest = checked.problems.filter(({ path }) => path.length === 0 || !report.has(path))
  const all = inOrder([...parsed.problems, ...report.problems, ...rest])
  const problems = hideSecrets(all, parsed.document, parsed.locate)
  const broken = problems.some(({ severity }) => severity === 'error')
  return {
    ...(broken || checked.spec === undefined ? {} : { spec: checked.spec }),
    problems,
    file,
    watched: unique([...watched, ...filled.files, ...certificates.files, ...keys.files, ...targets.files]),
  }
}

const findConfig = async ({ file, cwd, readFile = readFromDisk }: LoadOptions): Promise<string | undefined> => {
  if (file !== undefined) return resolve(cwd, file)
  for (const name of USUAL_NAMES) {
    const candidate = resolve(cwd, name)
    if (await exists(candidate, readFile)) return candidate
  }
  return undefined
}

/** What is there but cannot be read is found all the same, so that its own problem is told. */
const exists = async (file: string, readFile: ReadFile): Promise<boolean> => {
  if (readFile === readFromDisk)
    return stat(file).then(
      () => true,
      () => false,
    )
  return readFile(file).then(
    () => true,
    (error: unknown) => !isMissing(error),
  )
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

const noConfig = (cwd: string): Loaded => ({
  problems: [
    {
      severity: 'error',
      code: 'no-configuration',
      path: [],
      message: `no configuration here: there is no ${USUAL_NAMES.slice(0, -1).join(', no ')} and no ${USUAL_NAMES.at(-1)}`,
      hint: 'name the file, or have one written: sallyport init',
    },
  ],
  file: resolve(cwd, USUAL_NAMES[0]),
  watched: USUAL_NAMES.map(name => resolve(cwd, name)),
})

const parseFile = async (file: string, options: LoadOptions): Promise<ParsedDocument> => {
  const name = showFile(file, options.cwd)
  const text = await (options.readFile ?? readFromDisk)(file).catch((error: unknown) => ({ reason: reasonOf(error) }))
  if (typeof text !== 'string') return wholeFile(`cannot read ${name}: ${text.reason}`)
  const parse = PARSERS.get(extname(file))
  if (parse === undefined) return wholeFile(`${name}: the name must end in .yaml, .yml, .json, .ts, .mts, .js or .mjs`)
  const parsed = await parse(text.replace(/^\uFEFF/, ''), file, name, options)
  return parsed.document === undefined ? { ...parsed, problems: hideTelling(parsed.problems, text) } : parsed
}

type Parse = (
  text: string,
  file: string,
  name: string,
  options: LoadOptions,
) => ParsedDocument | Promise<ParsedDocument>

const yaml: Parse = (text, _, name) => parseYaml(text, name)
const evaluated: Parse = (text, file, _name, { env, cwd, timeoutMs }) =>
  evaluateModule(text, file, {
    env,
    nameOf: path => showFile(path, cwd),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })

const PARSERS = new Map<string, Parse>([
  ['.yaml', yaml],
  ['.yml', yaml],
  ['.json', (text, _, name) => parseJson(text, name)],
  ['.ts', evaluated],
  ['.mts', evaluated],
  ['.js', evaluated],
  ['.mjs', evaluated],
])

const wholeFile = (message: string): ParsedDocument => ({
  problems: [{ severity: 'error', code: 'unreadable', path: [], message }],
  locate: () => undefined,
})

/** Relative where that is shorter to read. */
const showFile = (file: string, cwd: string): string => {
  const near = relative(cwd, file)
  return near === '' || near.startsWith('..') || isAbsolute(near) ? file : near
}

const unique = (files: readonly string[]): string[] => [...new Set(files)]
