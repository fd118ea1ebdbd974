import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Worker } from 'node:worker_threads'

/** A port that connections cannot be made to: its queue of those to be accepted is full, so more go unanswered. */
export interface DeafTarget {
  readonly port: number
  /** What those sent who were let in at the end, and that were not sent to fill the queue. */
  wake(): Promise<readonly string[]>
  close(): Promise<void>
}

const BACKLOG = 1
/** The kernel takes one more than it is told. */
const FILLERS = BACKLOG + 1

/** Listens, and then does nothing at all until it is woken. */
const THREAD = `
const { parentPort, workerData: { gate, backlog } } = require('node:worker_threads')
const server = require('node:net').createServer(socket => {
  socket.on('error', () => {}).on('data', data => parentPort.postMessage(String(data)))
})
server.listen({ port: 0, host: '127.0.0.1', backlog }, () => {
  parentPort.postMessage(server.address().port)
  Atomics.wait(gate, 0, 0)
})
`

export const startDeafTarget = async (): Promise<DeafTarget> => {
  const gate = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  const thread = new Worker(THREAD, { eval: true, workerData: { gate, backlog: BACKLOG } })
  const [port] = await once(thread, 'message')
  const fillers = await Promise.all(Array.from({ length: FILLERS }, () => connected(port)))
  const wake = (): void => {
    Atomics.store(gate, 0, 1)
    Atomics.notify(gate, 0)
  }
  return {
    port,
    wake: async () => {
      const got: string[] = []
      thread.on('message', text => void got.push(text))
      wake()
      // In the order of the queue: whatever came before this has been told.
      const last = await connected(port)
      last.write('last')
      while (!got.includes('last')) await once(thread, 'message')
      last.destroy()
      return got.filter(text => text !== 'last')
    },
    close: async () => {
      wake()
      for (const filler of fillers) filler.destroy()
      await thread.terminate()
    },
  }
}

const connected = async (port: number): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}
