import { connect } from 'node:net'

/**
 * A process full of connections that send one byte of a head a second: beside the gateway's own, so that each has its
 * file descriptors to itself. Says `open` when all are connected and, told to `report`, what became of them.
 */
export interface SlowReport {
  readonly told408: number
  readonly closed: number
  readonly open: number
}

const [port = 0, count = 0] = process.argv.slice(2).map(Number)
const HEAD = 'GET / HTTP/1.1\r\nHost: slow.test\r\nX-A: b\r\n\r\n'

const state = { told408: 0, closed: 0 }

const openOne = (): Promise<() => void> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let at = 0
    let answered = false
    socket.once('connect', () => resolve(() => socket.write(HEAD[at++ % HEAD.length]!)))
    socket.once('error', reject)
    socket.on('data', (chunk: Buffer) => {
      if (!answered && chunk.includes('HTTP/1.1 408 ')) state.told408++
      answered = true
    })
    socket.on('end', () => socket.end())
    socket.on('close', () => {
      state.closed++
    })
  })

const sips: (() => void)[] = []
// A hundred at a time: a listener's queue is not what is measured.
while (sips.length < count) {
  sips.push(...(await Promise.all(Array.from({ length: Math.min(100, count - sips.length) }, openOne))))
}
// Spread over the second, as ten thousand strangers would be.
let at = 0
setInterval(() => {
  for (const stop = at + count / 20; at < stop && at < sips.length; at++) sips[at]!()
  if (at >= sips.length) at = 0
}, 50)
process.on('message', () => {
  const report: SlowReport = { ...state, open: count - state.closed }
  process.send!(report)
})
process.send!('open')
