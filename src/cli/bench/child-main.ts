import type { FromChild, ToChild } from './child.ts'

/**
 * The life of a child of the bench: `start` resolves to what the parent wants to know. It ends when the parent's end of
 * the channel is closed, even by SIGKILL; a Ctrl-C, which the terminal sends to all, is the parent's to answer.
 */
export const childMain = (start: (init: unknown) => Promise<unknown>): void => {
  const say = (message: FromChild): void => void process.send?.(message)
  process.on('disconnect', () => process.exit())
  process.on('SIGINT', () => {})
  process.on('message', (message: ToChild) => {
    if (message.type === 'cpu') {
      const { user, system } = process.cpuUsage()
      return say({ type: 'cpu', ms: (user + system) / 1000 })
    }
    start(message.init).then(
      info => say({ type: 'ready', info }),
      (error: unknown) => say({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
    )
  })
}
