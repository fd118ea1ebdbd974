import { type Child, start } from './children.ts'
import { freePort } from './ports.ts'

const started = new Map<string, { readonly child: Child; readonly url: string }>()

/**
 * The Redis of a run, with nothing on disk; it ends with the run, however often who asks it is started. Not a child of the
 * proxy that asks it, so that its CPU is not counted. Returns its URL at once: who connects tries until it answers.
 */
export const startRedis = async (folder: string): Promise<string> => {
  const there = started.get(folder)
  if (there?.child.running()) return there.url
  const port = String(await freePort())
  const args = ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  const child = start('redis', 'redis-server', args)
  const url = `redis://127.0.0.1:${port}`
  started.set(folder, { child, url })
  return url
}
