import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '..')
export const CONFIGS = join(import.meta.dirname, 'configs')

/** The Node this project pins, or the one running when it is not installed for this platform. */
export const pinnedNode = (): string => {
  const pinned = join(ROOT, 'node_modules/.bin/node')
  return existsSync(pinned) ? pinned : process.execPath
}

/** `missing` of a peer that is a program. */
export const needs = (program: string) => (): string | null =>
  installed(program) ? null : `${program} is not installed`

export const installed = (program: string): boolean => spawnSync('which', [program]).status === 0
