import { createHook } from 'node:async_hooks'

/** What keeps, or may keep, a process busy: sockets and servers, threads, watched files, and timers, those without a ref too. */
const KINDS = /^(Timeout|TCP.*WRAP|PIPE.*WRAP|TLSWRAP|WORKER|FSEVENTWRAP|STATWATCHER|MESSAGEPORT|GETADDRINFOREQWRAP)$/

/** Sees everything that begins from now on; `left` names what has not ended. */
export const trackResources = (): { left(): readonly string[]; stop(): void } => {
  const alive = new Map<number, string>()
  const hook = createHook({
    init: (id, type) => {
      if (KINDS.test(type)) alive.set(id, type)
    },
    destroy: id => void alive.delete(id),
  }).enable()
  return { left: () => [...alive.values()].sort(), stop: () => void hook.disable() }
}
