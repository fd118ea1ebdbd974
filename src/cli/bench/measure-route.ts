import type { GatewaySpec } from '../../spec/spec.ts'
import { type Asked, describeAsked } from './asked.ts'
import type { Base } from './bend.ts'
import { type Direct, directOf, throughOf, wrkRequestOf } from './ends.ts'
import { showRate } from './figures.ts'
import { measureFixed } from './fixed-rate.ts'
import { fullSpeed } from './full-speed.ts'
import { portOf, startGateway } from './gateways.ts'
import type { CpuMeter, Lab } from './lab.ts'
import type { Endpoint } from './load-order.ts'
import type { BenchOptions } from './options.ts'
import { type Contender, measurePolicies } from './policy-costs.ts'
import { probe } from './probe.ts'
import type { Progress } from './progress.ts'
import type { PolicyCost, RouteResult, WayFigures } from './results.ts'
import { search } from './search.ts'
import { type Variant, variantsOf } from './variants.ts'
import { warningsOf } from './warnings.ts'

/** The gateway that is measured. */
export interface Gateway {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly cpu: CpuMeter
  /** Why its CPU time is not known. */
  readonly noCpu: string | undefined
  /** It was not started here: its configuration cannot be changed. */
  readonly running: boolean
}

export interface RouteOptions {
  readonly asked: Asked
  readonly body: Uint8Array
  /** What the gateway runs. */
  readonly spec: GatewaySpec
  readonly gateway: Gateway
  readonly options: BenchOptions
  readonly lab: Lab
  /** For files that are gone afterwards. */
  readonly folder: string
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** Everything about one route, in the order of the report. */
export const measureRoute = async (input: RouteOptions): Promise<RouteResult> => {
  const { asked, body, spec, gateway, options, lab, progress, signal } = input
  const { rate, rounds, durationMs, warmupMs } = options
  const found = directOf(asked, spec, body)
  const direct = 'none' in found ? undefined : found
  const through = throughOf(asked, gateway, body)
  const title = describeAsked(asked)

  // 1. Whether anybody answers, before there is load.
  await probe(lab, through, direct)

  // 2. At one rate, with and without the gateway.
  progress.say(`${title}: warming up`)
  const ends = direct === undefined ? [through] : [through, direct.endpoint]
  for (const endpoint of ends) await warm(lab, endpoint, rate, warmupMs)
  const fixed = await measureFixed({
    ...{ lab, through, rate, rounds, durationMs, gateway: gateway.cpu, noCpu: gateway.noCpu },
    direct: 'none' in found ? found : found.endpoint,
    onRound: round => progress.say(`${title}: ${showRate(rate)}, round ${round + 1} of ${rounds}`),
  })

  // 3. What each policy costs.
  const policies = options.policies ? await costs(input) : undefined

  // 4. Where it bends.
  const searched =
    options.search && options.generator === 'own'
      ? await search({
          ...{ lab, through, direct: direct?.endpoint, gateway: gateway.cpu, durationMs, signal },
          workers: options.workers,
          start: rate,
          most: Math.max(rate, options.maxRate),
          base: { through: baseOf(fixed.through), direct: baseOf(fixed.direct ?? fixed.through) },
          onStep: (step, way) => progress.say(`${title}: ${way === 'direct' ? 'direct ' : ''}${showRate(step.rate)}`),
        })
      : undefined

  const atFullSpeed =
    options.generator === 'wrk'
      ? await fullSpeed({
          ...{ gateway: gateway.cpu, rounds, durationMs, folder: input.folder, signal },
          through: wrkRequestOf(through),
          direct: direct && wrkRequestOf(direct.endpoint),
          connections: Math.min(options.connections, WRK_CONNECTIONS),
          onRound: round => progress.say(`Full speed: round ${round + 1} of ${rounds}`),
        })
      : undefined

  const warnings = warningsOf({
    ...{ route: asked.route, spec, fixed, keepLimits: options.keepLimits },
    stub: options.stub !== undefined,
    running: gateway.running,
  })
  return {
    title,
    route: asked.route.name,
    direct: directUrl(direct),
    fixed,
    policies,
    search: searched,
    fullSpeed: atFullSpeed,
    warnings,
  }
}

const directUrl = (direct: Direct | undefined): string | undefined => direct && `${direct.service} at ${direct.url}`

const baseOf = ({ p50, errors }: WayFigures): Base => ({ ms: p50.median, errors })

/** Code is compiled by use: what is measured cold is measured wrong. */
const warm = async (lab: Lab, endpoint: Endpoint, rate: number, durationMs: number): Promise<void> => {
  if (durationMs > 0) await lab.run({ endpoint, rate, durationMs, seed: 0 })
}

/** More only wait in its queue. */
const WRK_CONNECTIONS = 64

/** Gateways at once besides the whole one: each takes some 80 MB. */
const AT_ONCE = 4

const costs = async ({
  asked,
  body,
  spec,
  gateway,
  options,
  lab,
  progress,
  signal,
}: RouteOptions): Promise<readonly PolicyCost[] | { readonly none: string }> => {
  if (gateway.running) return { none: 'a gateway that runs cannot be changed; leave out --url' }
  const variants = variantsOf(spec, asked.route.name)
  const found: PolicyCost[] = []
  for (let from = 0; from < variants.length; from += AT_ONCE) {
    // The whole one is started with them: one that has run for longer would be better compiled.
    const started = await startAll([{ name: 'nothing', spec }, ...variants.slice(from, from + AT_ONCE)], signal)
    try {
      const [whole, ...without] = started.map(({ name, child }): Contender => {
        const port = portOf(child, asked.q.listener)
        return { name, endpoint: throughOf(asked, { ...gateway, port }, body), gateway: child.cpuMs }
      })
      const { rate, rounds, durationMs, warmupMs } = options
      // In two passes, so that none has just been run and another has long waited.
      for (const { name, endpoint } of [whole!, ...without, whole!, ...without]) {
        progress.say(`Policies: without ${name}, warming up`)
        await warm(lab, endpoint, rate, Math.round(warmupMs / 2))
      }
      const onRound = (round: number): void => progress.say(`Policies: round ${round + 1} of ${rounds}`)
      found.push(...(await measurePolicies({ lab, whole: whole!, without, rate, rounds, durationMs, onRound })))
    } finally {
      await Promise.all(started.map(({ child }) => child.stop()))
    }
  }
  return found
}

const startAll = async (variants: readonly Variant[], signal: AbortSignal) => {
  const started: { readonly name: string; readonly child: Awaited<ReturnType<typeof startGateway>> }[] = []
  try {
    for (const { name, spec } of variants) {
      signal.throwIfAborted()
      started.push({ name, child: await startGateway(spec) })
    }
    return started
  } catch (error) {
    await Promise.all(started.map(({ child }) => child.stop()))
    throw error
  }
}
