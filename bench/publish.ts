import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ROOT } from './places.ts'
import { cpuChart, readmePart, resultsPage } from './report.ts'
import { parseResults, type Results } from './results.ts'
import { RESULTS } from './save.ts'

/**
 * `node bench/publish.ts [bench/results/<commit>.json]`: writes RESULTS.md, the chart, and the tables of the README from
 * what was saved; without a file, from what was measured last. Measures nothing.
 */

/** Replaces what is between the marks of that name; throws when the text has none. */
export const withPart = (text: string, part: string, name = 'bench'): string => {
  const open = `<!-- ${name}:start -->`
  const close = `<!-- ${name}:end -->`
  const start = text.indexOf(open)
  const end = text.indexOf(close)
  if (start < 0 || end < start) throw new Error(`README.md has no ${open} … ${close}`)
  return `${text.slice(0, start + open.length)}\n${part}${text.slice(end)}`
}

const dateOf = (results: Results): string =>
  results.parts
    .map(part => part.date)
    .sort()
    .at(-1) ?? ''

/** Those whose last part is the latest; throws when there are none. */
export const latest = (all: readonly Results[]): Results => {
  const last = [...all].sort((a, b) => dateOf(a).localeCompare(dateOf(b))).at(-1)
  if (last === undefined) throw new Error('there are no results: npm run bench -- --save')
  return last
}

const read = (path: string): Results => parseResults(readFileSync(path, 'utf8'))

const publish = (file: string | undefined): void => {
  const saved = (): string[] => readdirSync(RESULTS).filter(name => name.endsWith('.json'))
  const results = file === undefined ? latest(saved().map(name => read(join(RESULTS, name)))) : read(file)
  const write = (path: string, text: string): void => {
    writeFileSync(path, text)
    console.log(`wrote ${relative(ROOT, path)}`)
  }
  const chart = cpuChart(results)
  if (chart !== null) write(join(RESULTS, 'cpu.svg'), chart)
  write(join(ROOT, 'bench/RESULTS.md'), resultsPage(results))
  const readme = join(ROOT, 'README.md')
  write(readme, withPart(readFileSync(readme, 'utf8'), readmePart(results)))
}

if (import.meta.main) publish(process.argv[2])
