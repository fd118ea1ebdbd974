import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../config/load.ts'
import type { GatewaySpec, ListenerSpec } from '../../spec/spec.ts'
import { CommandError, EXIT } from '../exit.ts'
import { printProblems } from '../print-problems.ts'
import { countProblems, wantsColour } from '../problems.ts'
import { askedOf } from './asked.ts'
import { benchSpec } from './bench-spec.ts'
import { type BudgetFigures, brokenBudgets } from './budget.ts'
import { curvesOf } from './curves.ts'
import { portOf, startGateway } from './gateways.ts'
import { startGenerator } from './generator.ts'
import { CORES, type CpuMeter, createLab } from './lab.ts'
import { type Gateway, measureRoute } from './measure-route.ts'
import { type BenchOptions, type RawBenchOptions, readBenchOptions } from './options.ts'
import { processCpuMs } from './process-cpu.ts'
import { progressOn } from './progress.ts'
import { reportText } from './report.ts'
import type { BenchResult, RouteResult } from './results.ts'
import { refuseRemote } from './safety.ts'
import { startStubServices, withStubs } from './stubs.ts'
import { curvesSvg } from './svg.ts'
import { type Life, withLife } from './whole-life.ts'

/** What the gateway costs with a configuration, and where it bends. Resolves to the exit code. */
export const bench = async (file: string | undefined, raw: RawBenchOptions): Promise<number> => {
  const options = readBenchOptions(raw)
  const spec = await read(file)
  const body = await readBody(options.body)
  const result = await withLife(options.maxTimeMs, life => measure(spec, options, body, life))
  if (options.svg !== undefined) await writePictures(result, options.svg)
  process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : asText(result))
  for (const sentence of result.broken) if (options.json) process.stderr.write(`over budget: ${sentence}\n`)
  return result.broken.length === 0 ? EXIT.ok : EXIT.failed
}

const read = async (file: string | undefined): Promise<GatewaySpec> => {
  const { spec, problems } = await loadConfig({ file, cwd: process.cwd(), env: process.env })
  printProblems(problems)
  if (spec === undefined) throw new CommandError(`nothing to measure: ${countProblems(problems)}`)
  return spec
}

/** The text itself, or `@` and the name of a file. */
const readBody = async (text: string): Promise<Uint8Array> => {
  if (!text.startsWith('@')) return Buffer.from(text)
  return readFile(text.slice(1)).catch((error: unknown) => {
    throw new CommandError(`--body: ${error instanceof Error ? error.message : error}`, EXIT.usage)
  })
}

const measure = async (
  written: GatewaySpec,
  options: BenchOptions,
  body: Uint8Array,
  life: Life,
): Promise<BenchResult> => {
  const progress = progressOn(process.stderr)
  const listener = listenerOf(written, options.listener)
  const askedFor = { routes: options.routes, path: options.path, headers: options.headers, listener: listener.name }
  const wanted = askedOf(written, askedFor)

  // 1. Services: the configuration's own, or stubs. Behind them one that collects spans.
  const { stub } = options
  const { services: all, tracing } = written
  const stubbed = stub === undefined ? 0 : all.length
  const count = tracing === undefined ? stubbed : stubbed + 1
  const stubs = count === 0 ? undefined : await startStubServices({ services: count, ...(stub ?? NO_ANSWER) })
  if (stubs !== undefined) life.onEnd(stubs.stop)
  const services = stub === undefined ? written : withStubs(written, stubs?.info ?? [])
  const routes = wanted.map(({ route }) => route)
  if (!options.allowRemote) refuseRemote(services, routes, options.url)

  // 2. The gateway: started here, or one that runs.
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'))
  life.onEnd(() => rm(folder, { recursive: true, force: true }))
  const { workers, keepLimits } = options
  const spec = benchSpec(services, { workers, folder, keepLimits, collector: stubs?.info.at(-1) ?? 0 })
  const gateway = options.url === undefined ? await ours(spec, listener, life) : await running(options.url, options.pid)

  // 3. The generator.
  const generator = await startGenerator()
  life.onEnd(generator.close)
  const service: CpuMeter = async () => (stub === undefined ? undefined : stubs?.cpuMs())
  const { connections, maxRequests: mostRequests } = options
  const lab = createLab({ generator, service, connections, mostRequests, signal: life.signal })

  // 4. Each route in turn.
  const results: RouteResult[] = []
  for (const asked of askedOf(spec, askedFor)) {
    results.push(
      await measureRoute({ asked, body, spec, gateway, options, lab, folder, progress, signal: life.signal }),
    )
  }
  progress.done()
  const { rate, rounds, durationMs } = options
  return {
    ...{ node: process.version, platform: `${process.platform} ${process.arch}`, cores: CORES },
    ...{ workers, stub: stub !== undefined, rate, rounds, durationMs, routes: results },
    broken: results.flatMap(route => brokenOf(route, options, results.length > 1)),
  }
}

/** For a collector of spans. */
const NO_ANSWER = { bytes: 2, latencyMs: 0 }

const listenerOf = ({ listeners }: GatewaySpec, name: string | undefined): ListenerSpec => {
  const found = name === undefined ? listeners[0] : listeners.find(each => each.name === name)
  if (found !== undefined) return found
  const names = listeners.map(each => each.name).join(', ')
  throw new CommandError(`there is no listener "${name}"; there are: ${names}`, EXIT.usage)
}

const ours = async (spec: GatewaySpec, listener: ListenerSpec, life: Life): Promise<Gateway> => {
  const child = await startGateway(spec)
  life.onEnd(child.stop)
  return {
    host: '127.0.0.1',
    port: portOf(child, listener.name),
    tls: listener.tls !== undefined,
    cpu: child.cpuMs,
    noCpu: undefined,
    running: false,
  }
}

const running = async (url: URL, pid: number | undefined): Promise<Gateway> => {
  const first =
    pid === undefined ? { none: 'of a gateway that runs, give its process with --pid' } : await processCpuMs(pid)
  const cpu: CpuMeter = async () => {
    const ms = pid === undefined ? undefined : await processCpuMs(pid)
    return typeof ms === 'number' ? ms : undefined
  }
  const tls = url.protocol === 'https:'
  const port = url.port === '' ? (tls ? 443 : 80) : Number(url.port)
  return {
    host: url.hostname,
    port,
    tls,
    cpu,
    noCpu: typeof first === 'number' ? undefined : first.none,
    running: true,
  }
}

const brokenOf = (route: RouteResult, { budgets }: BenchOptions, named: boolean): string[] => {
  const { through, overhead, cpuUs } = route.fixed
  const figures: BudgetFigures = {
    p50: through.p50.median,
    p90: through.p90.median,
    p99: through.p99.median,
    overhead: overhead?.p50.median,
    'overhead-p99': overhead?.p99.median,
    cpu: 'none' in cpuUs ? undefined : cpuUs.median,
    errors: through.errors,
    rate: route.search?.through.held,
  }
  return brokenBudgets(budgets, figures).map(sentence => (named ? `${route.title}: ${sentence}` : sentence))
}

const asText = (result: BenchResult): string => {
  const colour = wantsColour(process.stdout, process.env)
  return reportText(result, { columns: process.stdout.columns ?? 80, unicode: colour, colour })
}

/** One for each route: `bench.svg`, `bench-2.svg`. */
const writePictures = async ({ routes, workers, stub, node }: BenchResult, file: string): Promise<void> => {
  for (const [i, { search, title }] of routes.entries()) {
    if (search === undefined) continue
    const name = i === 0 ? file : file.replace(/(\.\w+)?$/, `-${i + 1}$1`)
    const note = `open loop, ${workers} ${workers === 1 ? 'worker' : 'workers'}${stub ? ', stub service' : ''}, Node ${node}, ${CORES} cores shared with service and generator`
    await writeFile(name, curvesSvg(curvesOf(search), { title, note, bendsAt: search.through.bentAt?.rate }))
  }
}
