import { Exchange } from '../../src/core/exchange.ts'
import { type Chain, Flow } from '../../src/core/flow.ts'
import { Later } from '../../src/core/maybe.ts'
import type { Call } from '../../src/core/policy.ts'
import { Reply } from '../../src/core/reply.ts'
import { bench } from './loop.ts'

/** One walk through a chain, without network: what the pipeline itself costs a request. */
let sum = 0
const responder = {
  send(_: Exchange, reply: Reply): void {
    sum += reply.status
  },
}
const fail = (error: unknown): void => {
  throw error
}
const exchange = new Exchange()
const answer = new Reply(200)
const gate = (x: Exchange): undefined => {
  sum += x.bytesIn
}
const shape = (x: Exchange, reply: Reply): void => {
  sum += x.bytesOut + reply.status
}

/** Calls that wait are answered by the loop, after the chain has returned, as the network would. */
let waiting: Later<Reply> | null = null
const callLater: Call = () => {
  waiting = new Later<Reply>()
  return waiting
}

const walks =
  (chain: Chain) =>
  (times: number): number => {
    for (let i = 0; i < times; i++) {
      new Flow(exchange, chain, responder, fail).start()
      waiting?.resolve(answer)
    }
    return sum
  }

const chain = (gates: number, call: Call): Chain => ({
  gates: Array(gates).fill(gate),
  call,
  shapes: gates === 0 ? [] : [shape, shape],
  taps: [],
})

const wrap =
  (next: Call): Call =>
  x => {
    sum += 1
    return next(x)
  }

await bench('no gates, answered at once', walks(chain(0, () => answer)))
await bench('no gates, answered later', walks(chain(0, callLater)))
await bench('6 gates and 2 shapes, answered later', walks(chain(6, callLater)))
await bench('  and three wraps', walks(chain(6, wrap(wrap(wrap(callLater))))))

const asPromise: Call = async () => answer
const promised = chain(6, asPromise)
await bench('6 gates and 2 shapes, the call is an async function', async times => {
  for (let i = 0; i < times; i++) {
    await new Promise<void>(resolve => {
      new Flow(exchange, promised, { send: () => resolve() }, fail).start()
    })
  }
  return sum
})
