import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Source } from '../src/base/body.ts'
import type { Exchange } from '../src/core/exchange.ts'
import type { Responder } from '../src/core/flow.ts'
import { Reply } from '../src/core/reply.ts'
import { Gateway } from '../src/runtime/gateway.ts'
import { GET, OK, scene } from './support/fixture.ts'
import { answering } from './support/hostile-upstream.ts'
import { exchange } from './support/responses.ts'

/** What a policy hands over may be broken. That costs its own connection, never the worker, and leaves nothing behind. */

const throwing = (): Source => ({
  length: -1,
  pipe: () => {
    throw new Error('a source that cannot be read')
  },
  resume: () => {},
  cancel: () => {},
})

for (const when of ['at once', 'with the answer of the upstream'] as const) {
  test(`a reply that cannot be written, ${when}`, async t => {
    const { client: open, gateway } = await scene(t, answering(OK))
    const { handle } = Gateway.prototype
    t.mock.method(Gateway.prototype, 'handle', function (this: Gateway, x: Exchange, responder: Responder) {
      if (x.path !== '/broken') return handle.call(this, x, responder)
      const broken: Responder = {
        send: (_, reply) => {
          reply.cancel()
          responder.send(x, new Reply(200, undefined, throwing()))
        },
      }
      if (when === 'at once') broken.send(x, new Reply(200))
      else handle.call(this, x, broken)
    })
    const unlucky = await open()
    await unlucky.send(GET.replace('/', '/broken'))
    assert.ok(await unlucky.waitForClose())
    assert.ok(unlucky.wasReset())
    assert.equal((await exchange(await open(), GET)).status, 200)
    assert.equal(gateway.gauge('sallyport_upstream_in_flight'), 0)
  })
}
