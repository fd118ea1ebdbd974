import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Child, start, stop, stopAll, temporaryFolder } from './children.ts'
import { describeMachine } from './machine.ts'
import { installPacked, type Packed } from './packed.ts'
import { pinnedNode, ROOT } from './places.ts'
import { freePort } from './ports.ts'
import { withPart } from './publish.ts'

/**
 * `npm run bench:start -- [--rounds N] [--save]`: how large the package is, and how long it takes from the start of the
 * process to the first answer, with one worker and ten routes. Each round also starts a Node that does nothing.
 * `--save` writes the figures into the README.
 */
export interface StartFigures {
  readonly packed: Packed
  /** Milliseconds, one a round. */
  readonly answerMs: readonly number[]
  readonly nodeMs: readonly number[]
}

const ROUTES = 10

const configuration = (port: number): string => {
  const routes = Array.from({ length: ROUTES - 1 }, (_, i) => `  - { prefix: /api/v${i}, to: users }`)
  return [
    `listeners: { web: { address: "127.0.0.1:${port}" } }`,
    'admin: false',
    'workers: 1',
    'services: { users: { url: "http://127.0.0.1:9" } }',
    'routes:',
    ...routes,
    '  - { path: /ready, respond: { json: { ok: true } } }',
    '',
  ].join('\n')
}

const ASK = 'GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
/** How often it is tried: the least by which a figure can be too high. */
const EVERY_MS = 2
const GIVE_UP_MS = 30_000

/** Whether somebody listens and answers. */
const answers = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => socket.write(ASK))
    socket.on('error', () => resolve(false))
    socket.on('data', data => {
      socket.destroy()
      resolve(data.toString('latin1').startsWith('HTTP/1.1 200'))
    })
  })

const untilAnswered = async (child: Child, port: number): Promise<void> => {
  for (const end = performance.now() + GIVE_UP_MS; performance.now() < end; await pause(EVERY_MS)) {
    if (!child.running()) break
    if (await answers(port)) return
  }
  throw new Error(`no answer: ${child.lastWords()}`)
}

const measureAnswer = async (command: string, folder: string): Promise<number> => {
  const port = await freePort()
  const file = join(folder, 'sallyport.yaml')
  writeFileSync(file, configuration(port))
  const began = performance.now()
  const child = start('sallyport', pinnedNode(), [command, 'run', file])
  await untilAnswered(child, port)
  const took = performance.now() - began
  await stop(child)
  return took
}

const measureNode = async (): Promise<number> => {
  const began = performance.now()
  const child = start('node', pinnedNode(), ['-e', '0'])
  while (child.running()) await pause(1)
  return performance.now() - began
}

const measure = async (rounds: number, folder: string): Promise<StartFigures> => {
  const packed = installPacked(folder)
  const answerMs: number[] = []
  const nodeMs: number[] = []
  // The first one reads files that no cache has yet; it is not counted.
  await measureAnswer(packed.command, folder)
  for (let round = 0; round < rounds; round++) {
    nodeMs.push(await measureNode())
    answerMs.push(await measureAnswer(packed.command, folder))
  }
  return { packed, answerMs, nodeMs }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

const ms = (value: number): string => `${value.toFixed(0)} ms`
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

/** The lines of the README. */
export const startPart = ({ packed, answerMs, nodeMs }: StartFigures, machine: string): string =>
  [
    '| the package | |',
    '|---|---|',
    `| packed | ${mb(packed.packedBytes)} |`,
    `| installed, with its ${packed.dependencies} dependencies | ${mb(packed.installedBytes)} |`,
    `| from the start of the process to the first answer (${ROUTES} routes, one worker) | ${ms(median(answerMs))} (least ${ms(Math.min(...answerMs))}), of which an empty Node takes ${ms(median(nodeMs))} |`,
    '',
    `The median of ${answerMs.length} starts on ${machine}; \`npm run bench:start\` measures it on yours.`,
    '',
  ].join('\n')

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '15' }, save: { type: 'boolean', default: false } },
  })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 1000) throw new Error('--rounds must be from 1 to 1000')
  const { cpu, commit } = describeMachine()
  const figures = await measure(rounds, temporaryFolder())
  const part = startPart(figures, `${availableParallelism()} cores of ${cpu}, commit ${commit}`)
  console.log(part)
  if (!values.save) return
  const readme = join(ROOT, 'README.md')
  writeFileSync(readme, withPart(readFileSync(readme, 'utf8'), part, 'start'))
  console.log('wrote README.md')
}

if (import.meta.main) await main().finally(stopAll)
