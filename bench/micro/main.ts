import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pinnedNode } from '../places.ts'

/**
 * Runs every module of this folder, or those named (`node bench/micro/main.ts parser later`), each in a process of its
 * own: what one of them teaches the compiler must not help or hurt the next.
 */
const NOT_BENCHES = new Set(['main.ts', 'loop.ts', 'samples.ts'])
const wanted = process.argv.slice(2)

const modules = readdirSync(import.meta.dirname)
  .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts') && !NOT_BENCHES.has(file))
  .map(file => file.slice(0, -3))
  .filter(name => wanted.length === 0 || wanted.includes(name))
  .sort()

for (const name of modules) {
  console.log(`\n${name}`)
  const ran = spawnSync(pinnedNode(), [join(import.meta.dirname, `${name}.ts`)], { stdio: 'inherit', timeout: 120_000 })
  if (ran.status !== 0) process.exitCode = 1
}
