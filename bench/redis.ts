import { start } from './children.ts'
import { freePort } from './ports.ts'

/**
 * A Redis of the run's own, with nothing on disk; ends with the run. Not a child of the proxy that asks it, so that its
 * CPU is not counted. Returns its URL at once: who connects tries until it answers.
 */
export const startRedis = async (folder: string): Promise<string> => {
  const port = String(await freePort())
  const args = ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  start('redis', 'redis-server', args)
  return `redis://127.0.0.1:${port}`
}
