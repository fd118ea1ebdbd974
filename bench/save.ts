import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ROOT } from './places.ts'
import { asJson, merged, parseResults, type Results } from './results.ts'
import type { Cell } from './rounds.ts'

export const RESULTS = join(ROOT, 'bench/results')

/** Writes every measurement of this run as JSON, for those who look into one; returns where, relative to the root. */
export const saveCells = (results: Results, cells: readonly Cell[], date: string): string => {
  const folder = join(ROOT, 'bench/out')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${date.replace(/[ :]/g, '-')}-${results.machine.commit}.json`)
  writeFileSync(path, JSON.stringify({ ...results, cells }, null, 1))
  return relative(ROOT, path)
}

export const resultsFile = (commit: string, folder = RESULTS): string => join(folder, `${commit}.json`)

/** Results of that commit, or null when there are none. */
export const savedResults = (commit: string, folder = RESULTS): Results | null => {
  const path = resultsFile(commit, folder)
  return existsSync(path) ? parseResults(readFileSync(path, 'utf8')) : null
}

/** Puts `results` to those of the same commit that are there; returns where, relative to the root. */
export const saveResults = (results: Results, folder = RESULTS): string => {
  const { commit } = results.machine
  const earlier = savedResults(commit, folder)
  mkdirSync(folder, { recursive: true })
  const path = resultsFile(commit, folder)
  writeFileSync(path, asJson(earlier === null ? results : merged(earlier, results)))
  return relative(ROOT, path)
}
