import assert from 'node:assert/strict'
import { Fault } from '../../base/errors.ts'
import { fakeClock, fakeTimers } from '../../base/testing.ts'
import { typedPartsIn } from '../../core/code/hidden.ts'
import { Exchange } from '../../core/exchange.ts'
import { Flow, runTaps } from '../../core/flow.ts'
import { Reply } from '../../core/reply.ts'
import { noProvisions } from '../../core/testing.ts'
import { identityFields } from '../../http1/serialize.ts'
import { definePlugin } from '../plugin/define-plugin.ts'
import type { PluginOptions } from '../plugin/plugin.ts'
import { pluginPolicies } from '../plugin/plugin-policy.ts'

const MODULE = { name: 'sallyport.config.ts', url: 'file:///m', version: '0', sources: [] }

/** One request through a route that has these plugins, and nothing else before its answer. */
export interface PluginRun {
  readonly x: Exchange
  /** What the client got, in order. */
  readonly sent: readonly Reply[]
  readonly asked: () => boolean
  /** What went wrong: `plugin part`. */
  readonly counted: readonly string[]
  readonly lines: readonly string[]
  readonly timers: ReturnType<typeof fakeTimers>
  readonly clock: ReturnType<typeof fakeClock>
  pass(ms: number): Promise<void>
  /** All is over. */
  finish(): void
  /** Of the first answer: its status, or the code of the error. */
  outcome(): number | string | undefined
  /** What one that had to be told again was told; Faults are not. */
  readonly thrown: readonly unknown[]
}

export const turn = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await null
}

export const BUDGET_MS = 1000

export const runPlugins = (
  plugins: readonly PluginOptions[],
  given: Partial<Exchange> = {},
  answer: (x: Exchange) => Reply = () => new Reply(200),
): PluginRun => {
  const clock = fakeClock()
  const timers = fakeTimers(clock)
  const [lines, counted, thrown]: [string[], string[], unknown[]] = [[], [], []]
  const tell = (message: string, fields: object = {}): void => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const specs = plugins.map((options, i) => {
    const { name, parts } = definePlugin(options)
    return { name, parts: [...parts], budgetMs: BUDGET_MS, typed: { module: MODULE, at: [i] } }
  })
  const { meter } = noProvisions()
  const policies = pluginPolicies(specs, 'mine', {
    typed: ({ at: [i] }) => typedPartsIn(definePlugin(plugins[Number(i)]!))!,
    refused: { dropField: identityFields(['x-tenant']), names: new Set(['x-deadline']) },
    meter: {
      ...meter,
      counter: (name, labels) => ({
        add: n => {
          assert.deepEqual([name, n], ['sallyport_plugin_errors_total', 1])
          counted.push(`${labels?.['plugin']} ${labels?.['part']}`)
        },
      }),
    },
    log: { info() {}, warn: tell, error: tell },
    clock,
    truly: clock.now,
    after: timers.after,
  })
  const x = Object.assign(new Exchange(), { requestId: 'id-1', method: 'GET', path: '/', route: 'mine', ...given })
  x.startedAt = clock.now()
  const sent: Reply[] = []
  let asked = false
  const chain = {
    gates: policies.flatMap(({ gate }) => gate ?? []),
    call: (each: Exchange) => {
      asked = true
      return answer(each)
    },
    shapes: policies.flatMap(({ shape }) => shape ?? []),
    taps: policies.flatMap(({ tap }) => tap ?? []),
  }
  const onThrow = (error: unknown): void => {
    if (!(error instanceof Fault)) thrown.push(error)
  }
  new Flow(x, chain, { send: (_x, reply) => void sent.push(reply) }, onThrow).start()
  return {
    x,
    sent,
    asked: () => asked,
    counted,
    lines,
    timers,
    clock,
    thrown,
    pass: async ms => {
      clock.advance(ms)
      timers.fire()
      await turn()
    },
    finish: () => {
      x.fault = sent[0]?.fault ?? null
      runTaps(chain.taps, x, sent[0] ?? new Reply(0), onThrow)
    },
    outcome: () => sent[0]?.fault?.code ?? sent[0]?.status,
  }
}
