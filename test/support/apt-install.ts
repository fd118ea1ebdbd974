import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const LOCK = join(tmpdir(), 'sallyport-apt-install')
const POLICY = '/usr/sbin/policy-rc.d'
const PATIENCE_MS = 300_000

/**
 * False when a program is not here and cannot be had; on CI that is a failure. `version` is the argument that makes it
 * end at once; `skipped` says what is not known without it.
 */
export const available = (program: string, version: string, skipped: string): boolean => {
  const isThere = (): boolean => spawnSync(program, [version], { stdio: 'ignore' }).status === 0
  if (!isThere()) installPackage(program, isThere)
  if (isThere()) return true
  if (process.env['CI'] === 'true') throw new Error(`${program} is missing: apt-get install ${program}`)
  console.error(`SKIPPED: ${program} is missing, so nothing is known about ${skipped}`)
  return false
}

/**
 * On a Debian where we are root: installs a package from apt, once, although test files run in parallel processes.
 * Whatever goes wrong, the caller looks again whether it is there.
 */
const installPackage = (name: string, isThere: () => boolean): void => {
  // Tells the other test files that it cannot be had here.
  const failed = `${LOCK}-failed-${name}`
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  if (!locked(isThere)) return
  try {
    if (isThere() || ageOf(failed) < PATIENCE_MS) return
    install(name)
    if (!isThere()) writeFileSync(failed, '')
  } finally {
    rmSync(LOCK, { recursive: true, force: true })
  }
}

/** False when another process did the work, or holds the lock for too long. */
const locked = (isThere: () => boolean): boolean => {
  const until = Date.now() + PATIENCE_MS
  while (Date.now() < until) {
    try {
      mkdirSync(LOCK)
      return true
    } catch {
      if (isThere()) return false
      removeIfStale()
      sleep(500)
    }
  }
  return false
}

/** Its owner was killed. */
const removeIfStale = (): void => {
  const age = ageOf(LOCK)
  if (age > PATIENCE_MS && age < Number.POSITIVE_INFINITY) rmSync(LOCK, { recursive: true, force: true })
}

/** Infinity when there is no such file. */
const ageOf = (path: string): number =>
  Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY)

const install = (name: string): void => {
  console.error(`${name} is missing: installing it with apt-get`)
  // Debian would start a service on the standard port; 101 forbids it.
  const ours = !existsSync(POLICY)
  if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    apt('update')
    apt('install', '-y', '--no-install-recommends', name)
  } finally {
    if (ours) rmSync(POLICY, { force: true })
  }
}

const apt = (...args: readonly string[]): void => {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const command = ['-o', 'DPkg::Lock::Timeout=180', ...args]
  spawnSync('apt-get', command, { env, stdio: ['ignore', 'ignore', 'inherit'], timeout: PATIENCE_MS })
}

const sleep = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
