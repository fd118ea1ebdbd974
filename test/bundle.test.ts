import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { bundle } from '../scripts/bundle.ts'

// What makes files of the package out of sources, on small ones.

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-bundle-'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const EXTENSION = `const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js'\n`

/** A worker that is started from a module two folders off, and a class that both sides import. */
const SOURCES = {
  'main.ts': `
    import { start } from './deep/down/start.ts'
    import { Shared } from './shared.ts'
    console.log(JSON.stringify([(await start()) instanceof Shared, new Error().stack?.includes('main.js')]))`,
  'deep/down/start.ts': `
    ${EXTENSION}
    export const start = async () => (await import(new URL(\`../started.\${EXTENSION}\`, import.meta.url).href)).made`,
  'deep/started.ts': `import { Shared } from '../shared.ts'\nexport const made: object = new Shared()`,
  'shared.ts': 'export class Shared {}',
  'types.ts': 'export interface Only { readonly types: true }',
} as const

const make = (sources: Record<string, string>, entries: readonly string[]): Promise<void> => {
  for (const [name, text] of Object.entries(sources)) {
    const file = join(folder, 'src', name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const modules = Object.keys(sources).map(name => name.replace(/\.ts$/, ''))
  return bundle({
    from: join(folder, 'src'),
    to: join(folder, 'dist'),
    entries,
    modules,
    joined: [],
    external: [],
    node: 24,
  })
}

test('what is started by its address is found from wherever it came to be, and shares classes', async () => {
  await make(SOURCES, ['main', 'deep/started'])
  const said = execFileSync(process.execPath, [join(folder, 'dist/main.js')], { encoding: 'utf8' })
  assert.deepEqual(JSON.parse(said), [true, true])
  // The two, and what they share.
  assert.equal(globSync('dist/**/*.js', { cwd: folder }).length, 3)
})

test('an entry that was forgotten breaks the build', async () => {
  await assert.rejects(
    make(SOURCES, ['main']),
    /deep\/down\/start\.ts: it starts deep\/started\.ts, which is not among/,
  )
})

test('so does a module that nobody imports, however it is started', async () => {
  const unseen = { 'main.ts': 'export {}', 'hidden.ts': 'console.log(1)', 'types.ts': SOURCES['types.ts'] }
  await assert.rejects(make(unseen, ['main']), /hidden\.ts is imported by no entry/)
})

test('so does a package that would come in unasked', async () => {
  const inner = join(folder, 'node_modules/stray')
  mkdirSync(inner, { recursive: true })
  writeFileSync(join(inner, 'package.json'), '{ "name": "stray", "main": "index.js" }')
  writeFileSync(join(inner, 'index.js'), 'module.exports = 1')
  await assert.rejects(make({ 'main.ts': `import one from 'stray'\nconsole.log(one)` }, ['main']), /stray would become/)
})

const WRONG = [
  [`new URL('./b.ts', import.meta.url)`, /is no file once built/],
  ['import.meta.filename', /import\.meta\.filename is another file once built/],
  ['import.meta.main', /import\.meta\.main is another/],
] as const

for (const [code, expected] of WRONG) {
  test(`${code} is refused`, async () => {
    await assert.rejects(make({ 'main.ts': `export const a = ${code}`, 'b.ts': '' }, ['main', 'b']), expected)
  })
}
