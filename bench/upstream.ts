import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Child, start } from './children.ts'
import { CONFIGS, installed, pinnedNode } from './places.ts'
import { answering, freePort } from './ports.ts'
import { writeFilled } from './template.ts'

export interface Upstream {
  readonly port: number
  readonly kind: string
}

/** JSON of exactly `bytes`; no quote or `$` that an nginx configuration would read as its own. */
export const json = (bytes: number): string => {
  const head = '{"id":10007,"name":"Ada Example","items":['
  const item = '{"sku":"A-1042","count":3,"price":1299},'
  const tail = '"end"]}'
  const filler = item.repeat(Math.ceil(bytes / item.length)).slice(0, bytes - head.length - tail.length - 4)
  return `${head}"${filler.replaceAll('"', "'").replaceAll("'", '_')}",${tail}`.padEnd(bytes)
}

/** Starts the cheapest honest server there is: nginx, or a raw node:net responder where nginx is not installed. */
export const startUpstream = async (folder: string): Promise<Upstream> => {
  const port = await freePort()
  const kind = installed('nginx') ? 'nginx' : 'node:net'
  const child = kind === 'nginx' ? startNginx(folder, port) : startRaw(port)
  await answering(child, port, '/')
  await bodiesAreConsumed(port)
  return { port, kind }
}

const startNginx = (folder: string, port: number): Child => {
  const files = join(folder, 'files')
  mkdirSync(files)
  writeFileSync(join(files, '64k.json'), json(65_536))
  writeFileSync(join(files, '1m.json'), json(1_048_576))
  const values = { DIR: folder, PORT: port, ONE_KB: json(1024) }
  const config = writeFilled(join(CONFIGS, 'upstream.conf'), join(folder, 'upstream.conf'), values)
  return start('upstream', 'nginx', ['-e', 'stderr', '-p', folder, '-c', config])
}

const startRaw = (port: number): Child =>
  start('upstream', pinnedNode(), [join(import.meta.dirname, 'servers/raw-upstream.ts'), String(port)])

/**
 * A POST whose body comes in two pieces, and a second request behind it: two answers of 200 mean that the body was
 * read as a body. Anything else would make every POST figure worthless.
 */
const bodiesAreConsumed = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let seen = ''
    const give = (error?: Error): void => {
      socket.destroy()
      if (error) reject(error)
      else resolve()
    }
    socket.setTimeout(3000, () => give(new Error('the upstream does not consume POST bodies')))
    socket.on('error', give)
    socket.on('data', (bytes: Buffer) => {
      seen += bytes.toString('latin1')
      if (seen.split('HTTP/1.1 200').length === 3) give()
    })
    socket.write('POST /api/orders/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4096\r\n\r\n' + 'x'.repeat(1000))
    setTimeout(() => socket.write('x'.repeat(3096) + 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'), 50)
  })
