import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * Compiles `src/` to JavaScript and declarations in `dist/`, or in the folder given as argument: the same files, with
 * the types taken out. Sources run without this step; users of the package get its result.
 */
const root = join(import.meta.dirname, '..')
const out = resolve(process.argv[2] ?? join(root, 'dist'))

const fail = (message: string): never => {
  console.error(`build: ${message}`)
  process.exit(1)
}

/** With this Node and the installed compiler, so that neither PATH nor a shell matters. */
const compile = (): void => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const args = [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', out]
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) fail('the compiler reported errors')
}

/**
 * The compiler rewrites the extension in imports, not in strings: `new URL('./worker.ts', import.meta.url)` would point
 * at a file that the package does not have.
 */
const refuseSourceReferences = (): void => {
  for (const file of globSync('**/*.js', { cwd: out })) {
    const found = /new URL\(\s*(['"`])\.{1,2}\/[^'"`\n]*\.ts\1/.exec(readFileSync(join(out, file), 'utf8'))
    if (found !== null) fail(`${file} has ${found[0]}, …); take the extension from import.meta.url`)
  }
}

rmSync(out, { recursive: true, force: true })
compile()
refuseSourceReferences()
