import { connect } from 'node:net'

/**
 * Opens connections that stay: arguments port and count. Each does one request and then nothing. Says `all open` on
 * stderr, or why not. Ends by signal. Several source addresses, so that the ports of one do not run out.
 */
const [port = 0, count = 0] = process.argv.slice(2).map(Number)
const AT_ONCE = 50
const REQUEST = 'GET /api/orders/1 HTTP/1.1\r\nHost: api.example.com\r\nUser-Agent: idle\r\nAccept: */*\r\n\r\n'

const openOne = (index: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${2 + (index % 4)}` })
    let head = ''
    let bytes = 0
    socket.setTimeout(5000, () => reject(new Error(`no whole answer in 5 s on connection ${index}`)))
    socket.on('error', reject)
    socket.on('close', () => fail(new Error(`connection ${index} was closed`)))
    socket.on('data', chunk => {
      bytes += chunk.length
      if (!head.includes('\r\n\r\n')) head += chunk.toString('latin1')
      if (bytes < wholeLength(head)) return
      if (!head.startsWith('HTTP/1.1 200')) reject(new Error(`connection ${index}: ${head.split('\r')[0]}`))
      socket.setTimeout(0)
      resolve()
    })
    socket.write(REQUEST)
  })

const wholeLength = (head: string): number => {
  const end = head.indexOf('\r\n\r\n')
  const length = /^content-length: *(\d+)/im.exec(head)?.[1]
  return end < 0 || length === undefined ? Number.POSITIVE_INFINITY : end + 4 + Number(length)
}

const fail = (error: unknown): void => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

for (let i = 0; i < count; i += AT_ONCE) {
  const batch = Array.from({ length: Math.min(AT_ONCE, count - i) }, (_, k) => openOne(i + k))
  await Promise.all(batch).catch(fail)
}
console.error('all open')
