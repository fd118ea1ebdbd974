import { lstat, readdir } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { readFromDisk } from '../config/disk.ts'
import { loadConfig } from '../config/load.ts'
import { cleanOrigin } from '../config/sketch/clean.ts'
import { combine } from '../config/sketch/combine.ts'
import { type Found, findIn, KNOWN_FILES } from '../config/sketch/find.ts'
import type { Finding, Sketch } from '../config/sketch/sketch.ts'
import { sketchTypeScript } from '../config/sketch/sketch-typescript.ts'
import { sketchYaml } from '../config/sketch/sketch-yaml.ts'
import { parseAddress } from '../spec/address.ts'
import { showProblem } from '../spec/problem.ts'
import { section } from './columns.ts'
import { CommandError, EXIT } from './exit.ts'
import { type Ask, askOnTerminal, USUAL_ANSWERS } from './questions.ts'
import { schemaText } from './schema.ts'
import { whyNotWritten, writeWhole } from './write-file.ts'

export interface InitOptions {
  readonly folder: string
  /** OpenAPI and compose files, relative to the working directory; those that the folder has unless given. */
  readonly from: readonly string[]
  readonly force: boolean
  /** Ask nothing. */
  readonly yes: boolean
  readonly typescript: boolean
  /** Write the JSON Schema beside it. */
  readonly schema: boolean
}

const SCHEMA_FILE = 'sallyport.schema.json'
/** 8080, or the next port at which none of the services is: a gateway that asks itself would go round in circles. */
const usualListen = (findings: readonly Finding[]): string => {
  const taken = new Set(findings.flatMap(({ services }) => services.map(({ url }) => /(\d+)\}?$/.exec(url)?.[1])))
  let port = 8080
  while (taken.has(String(port))) port++
  return `127.0.0.1:${port}`
}

/** Writes a first configuration into a folder, and says what to do next. Resolves to the exit code. */
export const init = async (options: InitOptions): Promise<number> => {
  const folder = resolve(options.folder)
  const name = options.typescript ? 'sallyport.config.ts' : 'sallyport.yaml'

  // 1. Nothing that is there is lost, and nobody answers questions in vain.
  const written = [name, ...(options.schema ? [SCHEMA_FILE] : [])]
  if (!options.force) await Promise.all(written.map(file => refuseIfThere(folder, file)))

  // 2. Look around, and ask for what is not there to be seen.
  const found = await lookAround(folder, options.from)
  const interactive = !options.yes && process.stdin.isTTY === true && process.stdout.isTTY === true
  const { sketch, notes } = interactive
    ? await askOnTerminal(ask => decide(found, ask))
    : await decide(found, USUAL_ANSWERS)

  // 3. What does not pass its own check is not written.
  const yaml = sketchYaml(sketch, options.schema && !options.typescript ? `./${SCHEMA_FILE}` : '')
  await mustPass(folder, yaml)

  // 4. Write, the configuration last: whoever watches for it finds all of it.
  if (options.schema) await write(folder, SCHEMA_FILE, schemaText(), options.force)
  await write(folder, name, options.typescript ? sketchTypeScript(sketch) : yaml, options.force)
  process.stdout.write(report(folder, name, sketch, notes))
  return EXIT.ok
}

const refuseIfThere = async (folder: string, file: string): Promise<void> => {
  const there = await lstat(join(folder, file)).then(
    () => true,
    () => false,
  )
  if (there) throw new CommandError(`${shown(folder, file)} is there already; --force replaces it`)
}

const lookAround = async (folder: string, from: readonly string[]): Promise<Found[]> => {
  if (from.length > 0) {
    const found = await Promise.all(from.map(file => findIn(process.cwd(), file, readFromDisk)))
    const bad = found.find(({ finding }) => typeof finding === 'string')
    if (bad !== undefined) throw new CommandError(`${bad.file} ${String(bad.finding)}`)
    return found
  }
  const there = new Set(
    await readdir(folder).catch(() => {
      throw new CommandError(`${relative(process.cwd(), folder)} is no folder; make it, or name another`)
    }),
  )
  return Promise.all(KNOWN_FILES.filter(file => there.has(file)).map(file => findIn(folder, file, readFromDisk)))
}

/** What is found and wanted; where nothing is, one service that is asked for. */
const decide = async (found: readonly Found[], ask: Ask): Promise<{ sketch: Sketch; notes: readonly string[] }> => {
  const wanted: Finding[] = []
  const notes: string[] = []
  for (const { file, finding } of found) {
    if (typeof finding === 'string') notes.push(`${file} is left out: it ${finding}`)
    else if (finding.services.length === 0) notes.push(...finding.notes)
    else if (await ask.yes(`Take services and routes from ${file}?`)) wanted.push(finding)
  }
  if (wanted.length === 0) wanted.push(await askForService(ask))
  const listen = await ask.text(
    'Where should clients connect?',
    usualListen(wanted),
    'host:port, such as 127.0.0.1:8080',
    text => (parseAddress(text) === undefined ? undefined : text),
  )
  const combined = combine(wanted, listen)
  return { sketch: combined.sketch, notes: [...notes, ...combined.notes] }
}

const askForService = async (ask: Ask): Promise<Finding> => {
  const expected = 'a URL without a path, such as http://127.0.0.1:3000'
  const url = await ask.text('Where is your service?', 'http://127.0.0.1:3000', expected, cleanOrigin)
  const route = { kind: 'prefix', pattern: '/', methods: [], to: 'app', stripPrefix: false, comment: '' } as const
  return { services: [{ name: 'app', url, comment: 'your service' }], routes: [route], notes: [] }
}

const mustPass = async (folder: string, text: string): Promise<void> => {
  const file = join(folder, 'sallyport.yaml')
  const readFile = (path: string): Promise<string> => (path === file ? Promise.resolve(text) : readFromDisk(path))
  const { problems } = await loadConfig({ file, cwd: folder, env: process.env, readFile })
  const error = problems.find(({ severity }) => severity === 'error')
  if (error === undefined) return
  throw new CommandError(`what was found makes no configuration: ${showProblem(error)}; name other files with --from`)
}

const write = (folder: string, file: string, text: string, force: boolean): Promise<void> =>
  writeWhole(join(folder, file), text, force).catch((error: unknown) => {
    throw new CommandError(`cannot write ${shown(folder, file)}: ${whyNotWritten(error)}`)
  })

const shown = (folder: string, file: string): string => relative(process.cwd(), join(folder, file)) || basename(file)

const report = (
  folder: string,
  name: string,
  { listen, services, routes }: Sketch,
  notes: readonly string[],
): string => {
  const file = shown(folder, name)
  const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`
  const next = [
    [`sallyport check ${file}`, 'what it comes to'],
    [`sallyport run ${file}`, `serve on http://${listen}; a changed file is read again`],
    ['sallyport key new', 'a key for a client, when somebody should prove who they are'],
  ]
  return [
    `${file} is written: ${many(services.length, 'service')}, ${many(routes.length, 'route')}.`,
    ...notes.map(note => `  ${note}`),
    '',
    section('Next', next),
    '',
  ].join('\n')
}
