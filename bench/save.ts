import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ROOT } from './places.ts'
import { type Results, readmePart, resultsPage } from './report.ts'
import type { Cell } from './rounds.ts'

const START = '<!-- bench:start -->'
const END = '<!-- bench:end -->'

/** Writes everything measured as JSON; returns where, relative to the root. */
export const saveJson = (results: Results, cells: readonly Cell[]): string => {
  const folder = join(ROOT, 'bench/out')
  mkdirSync(folder, { recursive: true })
  const date = results.machine.date.replace(/[ :]/g, '-')
  const path = join(folder, `${date}-${results.machine.commit}.json`)
  writeFileSync(path, JSON.stringify({ ...results, cells }, null, 1))
  return relative(ROOT, path)
}

export const savePage = (results: Results): string => {
  const path = join(ROOT, 'bench/RESULTS.md')
  writeFileSync(path, resultsPage(results))
  return relative(ROOT, path)
}

/** Replaces what is between the marks; throws when the text has none. */
export const withPart = (text: string, part: string): string => {
  const start = text.indexOf(START)
  const end = text.indexOf(END)
  if (start < 0 || end < start) throw new Error(`README.md has no ${START} … ${END}`)
  return `${text.slice(0, start + START.length)}\n${part}${text.slice(end)}`
}

export const writeReadme = (results: Results): void => {
  const path = join(ROOT, 'README.md')
  writeFileSync(path, withPart(readFileSync(path, 'utf8'), readmePart(results)))
}
