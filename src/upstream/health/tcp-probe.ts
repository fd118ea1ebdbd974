import { open } from './open.ts'
import type { Done, Probed } from './probe.ts'

/** Whether anybody listens. */
export const tcpProbe = (probed: Probed, done: Done): (() => void) => {
  const { socket } = open(probed, undefined, done, ({ end }) => end(null))
  return () => void socket.destroy()
}
