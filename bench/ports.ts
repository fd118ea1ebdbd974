import { request } from 'node:http'
import { createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Child } from './children.ts'

/** A port nobody listens on right now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port'))))
    })
  })

export interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

export const get = (port: number, path: string, headers: Record<string, string> = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers, agent: false, timeout: 2000 }, answer => {
      let body = ''
      answer.setEncoding('utf8').on('data', (text: string) => {
        body += text
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }))
      answer.on('error', reject)
    })
    asked.on('timeout', () => asked.destroy(new Error('no answer in 2 s')))
    asked.on('error', reject)
    asked.end()
  })

/** Waits, at most 15 s, until `path` is answered 200. Rejects at once when the process died. */
export const answering = async (
  child: Child,
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<void> => {
  let last = ''
  for (const end = Date.now() + 15_000; Date.now() < end; await pause(50)) {
    if (!child.running()) throw new Error(`${child.name} ended: ${child.lastWords() || 'without a word'}`)
    const seen = await get(port, path, headers).then(
      answer => (answer.status === 200 ? 'ok' : `status ${answer.status}`),
      (error: Error) => error.message,
    )
    if (seen === 'ok') return
    last = seen
  }
  throw new Error(`${child.name} does not answer ${path}: ${last}. ${child.lastWords()}`)
}
