import type { TypedParts } from '../../core/code/typed-parts.ts'
import { Exchange } from '../../core/exchange.ts'
import { LaterReply } from '../../core/reply.ts'
import type { AggregateSpec } from '../../spec/spec-aggregate.ts'
import { aggregate } from '../aggregate.ts'
import { compileTyped } from '../typed/compile-typed.ts'
import { FakeServices, type Plays, Run } from './fake-services.ts'

export interface LogLine {
  readonly level: 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface TypedRun {
  readonly run: Run
  readonly services: FakeServices
  readonly lines: LogLine[]
}

/** The code of an aggregate, its branches as in its spec. */
export type Code = Partial<Pick<TypedParts, 'reply' | 'branches'>> & { readonly schemas?: Record<string, unknown> }

/** Runs an aggregate with code over services that play; a branch without a part answers `{}` at once. */
export const runTyped = (
  spec: AggregateSpec,
  { reply = null, schemas = {}, branches = spec.branches.map(({ name }) => name) }: Code,
  plays: Readonly<Record<string, Plays>> = {},
  x: Exchange = new Exchange(),
  services: FakeServices = new FakeServices(),
): TypedRun => {
  const lines: LogLine[] = []
  const tell =
    (level: LogLine['level']) =>
    (message: string, fields = {}): void =>
      void lines.push({ level, message, fields })
  const log = { info() {}, warn: tell('warn'), error: tell('error') }
  const world = { clock: services.clock, after: services.timers.after, truly: services.clock.now }
  const parts = {
    branches,
    schemas: new Map(Object.entries(schemas)) as unknown as TypedParts['schemas'],
    reply,
  }
  const call = aggregate(
    spec,
    new Map(spec.branches.map(({ name }) => [name, services.call(name, plays[name] ?? {})])),
    {
      ...world,
      wantsFares: false,
      room: services.room,
      discard: dropped => dropped.cancel(),
      onBranch: (...outcome) => void services.outcomes.push(outcome),
    },
    compileTyped(spec, parts, { ...world, log, route: 'dashboard' }),
  )
  const run = new Run(services, x)
  const answer = call(x)
  if (!(answer instanceof LaterReply)) throw new Error('an aggregate answers later')
  answer.wait(run)
  return { run, services, lines }
}
