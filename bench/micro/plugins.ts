import { headersOf } from '../../src/base/headers.ts'
import { typedPartsIn } from '../../src/core/code/hidden.ts'
import { Exchange } from '../../src/core/exchange.ts'
import type { Policy } from '../../src/core/policy.ts'
import { Reply } from '../../src/core/reply.ts'
import { noProvisions } from '../../src/core/testing.ts'
import { isIdentityField } from '../../src/http1/serialize.ts'
import { definePlugin } from '../../src/policies/plugin/define-plugin.ts'
import type { PluginOptions } from '../../src/policies/plugin/plugin.ts'
import { pluginPolicies } from '../../src/policies/plugin/plugin-policy.ts'
import { bench, type Run } from './loop.ts'

/** What the parts of plugins cost that do next to nothing: the facade, the watch over their time, their edits. */
const MODULE = { name: 'm', url: 'file:///m', version: '0', sources: [] }
const headers = headersOf(Array.from({ length: 10 }, (_, i) => [`x-field-${i}`, 'value'] as const))

const policyOf = (options: Omit<PluginOptions, 'name'>): Policy => {
  const made = definePlugin({ name: 'a', ...options })
  const { meter } = noProvisions()
  const [policy] = pluginPolicies(
    [{ name: 'a', parts: made.parts, budgetMs: 1000, typed: { module: MODULE, at: [] } }],
    'r',
    {
      typed: () => typedPartsIn(made)!,
      refused: { dropField: isIdentityField, names: new Set() },
      meter,
      log: { info() {}, warn() {}, error() {} },
      clock: { now: () => 0, wall: () => 0 },
      truly: () => performance.now(),
      after: () => () => {},
    },
  )
  return policy!
}

const each =
  (one: (x: Exchange) => unknown): Run =>
  times => {
    let last: unknown
    for (let i = 0; i < times; i++) {
      const x = new Exchange()
      x.headers = headers
      last = one(x)
    }
    return last
  }

await bench(
  'no plugin: an exchange is made',
  each(x => x),
)
const nothing = policyOf({ gate() {} })
await bench(
  'a gate that does nothing',
  each(x => nothing.gate?.(x)),
)
const sets = policyOf({ gate: ({ header, setHeader }) => setHeader('x-seen', header('x-field-3') ?? '') })
await bench(
  'a gate that reads a header and sets one',
  each(x => sets.gate?.(x)),
)
const shapes = policyOf({ shape: (_request, { setHeader }) => setHeader('x-plan', 'trial') })
const answer = headersOf([])
await bench(
  'a shape that sets a header',
  each(x => shapes.shape?.(x, new Reply(200, answer))),
)
const taps = policyOf({ tap() {} })
const reply = new Reply(200, answer)
await bench(
  'a tap that does nothing',
  each(x => taps.tap?.(x, reply)),
)
