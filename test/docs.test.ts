import assert from 'node:assert/strict'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ERRORS } from '../src/base/errors.ts'
import { PROBLEM_CODES } from '../src/spec/problem.ts'
import { METRICS } from '../src/telemetry/catalogue.ts'
import { fencedBlocks } from './support/console-blocks.ts'
import { anchorsOf, linksIn } from './support/markdown.ts'
import { runSallyport } from './support/sallyport.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const pages = globSync(['*.md', '{docs,examples,bench}/**/*.md'], { cwd: ROOT }).sort()
const read = (page: string): string => readFileSync(join(ROOT, page), 'utf8')

/** Each thing that is wrong, with its page. */
const mistakes = (find: (page: string, text: string) => readonly string[]): string[] =>
  pages.flatMap(page => find(page, read(page)).map(mistake => `${page}: ${mistake}`))

test('there are pages', () => {
  assert.ok(pages.includes('README.md') && pages.includes('docs/guide/README.md'))
})

test('every relative link leads to a file, and every anchor to a heading', () => {
  const broken = (page: string, link: string): boolean => {
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? page : join(dirname(page), path)
    if (!existsSync(join(ROOT, target))) return true
    if (anchor === undefined) return false
    const file = statSync(join(ROOT, target)).isDirectory() ? join(target, 'README.md') : target
    return !anchorsOf(read(file)).has(anchor)
  }
  assert.deepEqual(
    mistakes((page, text) => linksIn(text).filter(link => broken(page, link))),
    [],
  )
})

test('every error code named is in the table, and every metric in the catalogue', () => {
  const guide = (page: string): boolean => !page.startsWith('docs/decisions/')
  const named = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name = '']) => name)
  const unknownCode = (name: string): boolean => !(name in ERRORS)
  const unknownMetric = (name: string): boolean => !(name.replace(/_(bucket|sum|count)$/, '') in METRICS)
  assert.deepEqual(
    mistakes((page, text) => [
      // A code stands beside its status, or in a label or a body.
      ...named(text, /\b[345]\d\d `([A-Z_]+)`/g).filter(unknownCode),
      ...named(text, /"?code"?[:=]"([A-Z_]+)"/g).filter(unknownCode),
      // One that ends in `_` is part of a pattern.
      ...(guide(page) ? named(text, /\b(sallyport_\w*[a-z])\b/g).filter(unknownMetric) : []),
    ]),
    [],
  )
})

test('every code of a mistake in a configuration is explained', () => {
  const rows = Object.entries(PROBLEM_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  assert.ok(read('docs/guide/cli.md').includes(rows.join('\n')), rows.join('\n'))
})

test('every reason for which a credential is refused is explained', () => {
  const sources = globSync('src/policies/**/*.ts', { cwd: ROOT, exclude: ['**/*.test.ts'] })
    .map(read)
    .join('\n')
  const reasons = [...sources.matchAll(/\breject\(\s*(?:'([^']+)'|"([^"]+)"|`([^`]+)`)/g)].map(
    ([, ...texts]) => texts.find(text => text !== undefined) ?? '',
  )
  assert.ok(reasons.length > 25)
  const explained = read('docs/guide/troubleshooting.md')
  const start = (reason: string): string => reason.split('${')[0] ?? ''
  assert.deepEqual(
    reasons.filter(reason => !explained.includes(start(reason))),
    [],
  )
})

/** What the guide takes from the environment. */
const ENV = { JWT_SECRET: Buffer.alloc(32, 7).toString('base64'), REDIS_URL: 'redis://127.0.0.1:6379' }

const configurations = pages.flatMap(page =>
  fencedBlocks(read(page))
    .filter(({ language, text }) => language === 'yaml' && /^routes:/m.test(text))
    .map(({ text, line }) => ({ where: `${page}:${line}`, text })),
)

test('there are configurations', () => assert.ok(configurations.length > 8))

for (const { where, text } of configurations) {
  test(`the configuration in ${where} is fine, without a warning`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-docs-'))
    try {
      writeFileSync(join(folder, 'sallyport.yaml'), text)
      const { code, out, err } = await runSallyport(['check', 'sallyport.yaml'], {
        cwd: folder,
        env: { ...process.env, ...ENV },
      })
      assert.equal(code, 0, out + err)
      assert.match(out, /is fine\./)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}
