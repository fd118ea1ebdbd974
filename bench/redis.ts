import { start } from './children.ts'
import { freePort } from './ports.ts'

const urls = new Map<string, string>()

/**
 * The Redis of a run, with nothing on disk; it ends with the run, however often who asks it is started. Not a child of the proxy that asks it, so that its
 * CPU is not counted. Returns its URL at once: who connects tries until it answers.
 */
export const startRedis = async (folder: string): Promise<string> => {
  const there = urls.get(folder)
  if (there !== undefined) return there
  const port = String(await freePort())
  const args = ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  start('redis', 'redis-server', args)
  const url = `redis://127.0.0.1:${port}`
  urls.set(folder, url)
  return url
}
