import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { bundle } from './bundle.ts'

/**
 * Makes of `src/` what the package holds, in `dist/` or in the folder given as argument: declarations by the compiler,
 * which checks the types, and JavaScript by esbuild. Sources run without this step; users of the package get its result.
 */
const root = join(import.meta.dirname, '..')
const from = join(root, 'src')
const to = resolve(process.argv[2] ?? join(root, 'dist'))
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** What is started by its address: the command, threads and processes. What is imported by name is in package.json. */
const STARTED = [
  'cli/main',
  'cli/worker',
  'cli/demo/services-thread',
  'cli/bench/gateway-child',
  'cli/bench/stub-child',
  'cli/bench/load.worker',
  'cli/bench/metronome.worker',
  'config/load.worker',
  'config/evaluate.worker',
]

/**
 * Their hundred files would take a third of a start. zod is a dependency all the same, since the types of a
 * configuration are made of its types.
 */
const JOINED = ['yaml', 'zod']

const fail = (message: string): never => {
  console.error(`build: ${message}`)
  process.exit(1)
}

/** `index`, `plugin`, and whatever else package.json lets users import. */
const exported = (): string[] =>
  Object.values<string | { default: string }>(manifest.exports)
    .flatMap(target => (typeof target === 'string' ? [] : target.default))
    .map(file => file.replace(/^\.\/dist\/(.+)\.js$/, '$1'))

/** With this Node and the installed compiler, so that neither PATH nor a shell matters. */
const declare = (): void => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const args = [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', to]
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) fail('the compiler reported errors')
}

rmSync(to, { recursive: true, force: true })
declare()
await bundle({
  from,
  to,
  entries: [...exported(), ...STARTED],
  // There is a declaration for each.
  modules: globSync('**/*.d.ts', { cwd: to }).map(file => file.replace(/\.d\.ts$/, '')),
  joined: JOINED,
  external: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).filter(
    name => !JOINED.includes(name),
  ),
  node: Number(/\d+/.exec(manifest.engines.node)?.[0]),
}).catch((error: Error) => fail(error.message))
