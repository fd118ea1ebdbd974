import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pinnedNode, ROOT } from './places.ts'

/** The package as a user has it: built, packed, unpacked into an empty project with its dependencies. */
export interface Packed {
  /** What `npx sallyport` starts. */
  readonly command: string
  /** What is downloaded, without dependencies. */
  readonly packedBytes: number
  /** Of all files, dependencies included. */
  readonly installedBytes: number
  readonly dependencies: number
}

interface Manifest {
  readonly version: string
  readonly files: readonly string[]
  readonly bin: { readonly sallyport: string }
  readonly dependencies?: Readonly<Record<string, string>>
}

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/** Nothing comes from a registry: dependencies are copied from this checkout. */
export const installPacked = (folder: string): Packed => {
  const manifest = manifestOf(ROOT)
  const staged = join(folder, 'staged')
  const modules = join(folder, 'app/node_modules')
  const installed = join(modules, 'sallyport')
  mkdirSync(staged)
  mkdirSync(installed, { recursive: true })
  const run = (file: string, ...args: string[]): void => void execFileSync(file, args, { cwd: staged, stdio: 'pipe' })

  run(pinnedNode(), join(ROOT, 'scripts/build.ts'), join(staged, 'dist'))
  for (const file of ['package.json', ...manifest.files.filter(name => name !== 'dist')])
    cpSync(join(ROOT, file), join(staged, file), { recursive: true })
  run('npm', 'pack', '--offline', '--ignore-scripts')
  const archive = join(staged, `sallyport-${manifest.version}.tgz`)
  run('tar', '-xzf', archive, '-C', installed, '--strip-components=1')

  const dependencies = withTheirOwn(manifest)
  for (const name of dependencies) {
    cpSync(join(ROOT, 'node_modules', name), join(modules, name), { recursive: true, dereference: true })
  }
  return {
    command: join(installed, manifest.bin.sallyport),
    packedBytes: statSync(archive).size,
    installedBytes: bytesIn(modules),
    dependencies: dependencies.size,
  }
}

/** Names of all that npm would install for it. */
const withTheirOwn = ({ dependencies = {} }: Manifest, found = new Set<string>()): ReadonlySet<string> => {
  for (const name of Object.keys(dependencies)) {
    if (found.has(name)) continue
    found.add(name)
    withTheirOwn(manifestOf(join(ROOT, 'node_modules', name)), found)
  }
  return found
}

const bytesIn = (folder: string): number =>
  globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
