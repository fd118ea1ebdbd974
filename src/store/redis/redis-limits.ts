import { hash } from 'node:crypto'
import type { LimitAsk, LimitOutcome, LimitRule, LimitStore } from '../../core/limits.ts'
import { Later } from '../../core/maybe.ts'
import type { RedisClient } from './redis-driver.ts'
import { StoreFailure } from './redis-failure.ts'
import { digestOf, limitKey, rememberingDigest } from './redis-keys.ts'
import { costText, type LimitNumbers, limitNumbers } from './redis-limit-numbers.ts'
import { limitOutcome } from './redis-limit-reply.ts'
import { LIMIT_SCRIPT } from './redis-limit-script.ts'
import type { RedisCall, RedisSession } from './redis-session.ts'

export interface RedisLimitsOptions {
  readonly session: RedisSession
  /** Before every key. */
  readonly prefix: string
  /** Decides whenever Redis does not: `redisFallback`. */
  readonly fallback: LimitStore
}

const SHA = hash('sha1', LIMIT_SCRIPT, 'hex')

/** Limits counted in Redis, for all gateways that use the same prefix. Every decision is one script, sent at once. */
export const redisLimits = ({ session, prefix, fallback }: RedisLimitsOptions): LimitStore => {
  const argsOf = argsWriter(prefix)
  return {
    take(asks) {
      const decision = new Decision(argsOf(asks, false), asks, fallback)
      return session.send(decision) ? decision.later : fallback.take(asks)
    },
    charge(ask) {
      const charge = new Charge(argsOf([ask], true), ask, fallback)
      if (!session.send(charge)) fallback.charge(ask)
    },
  }
}

/** Loads the script and runs it once, so that a server that cannot write, or may not, does not count as up. */
export const prepareLimits = async (client: RedisClient, prefix: string): Promise<void> => {
  await client.send(['SCRIPT', 'LOAD', LIMIT_SCRIPT])
  const reply = await client.send(argsWriter(prefix)([{ rule: PROBE, mark: '', key: 'probe', cost: 1 }], true))
  if (limitOutcome(reply, 1) === null) throw new StoreFailure('error', 'it is no Redis')
}

const PROBE: LimitRule = {
  id: 'probe',
  algorithm: 'fixed-window',
  count: 1,
  perMs: 1_000,
  burst: 1,
  onStoreFailure: 'allow',
}

type ArgsOf = (asks: readonly LimitAsk[], force: boolean) => readonly string[]

interface KnownRule {
  readonly digest: string
  readonly numbers: LimitNumbers
}

const argsWriter = (prefix: string): ArgsOf => {
  const keyDigest = rememberingDigest()
  const rules = new WeakMap<LimitRule, KnownRule>()
  const known = (rule: LimitRule): KnownRule => {
    let found = rules.get(rule)
    if (found === undefined) {
      found = { digest: digestOf(rule.id), numbers: limitNumbers(rule) }
      rules.set(rule, found)
    }
    return found
  }
  return (asks, force) => {
    const args = ['EVALSHA', SHA, String(asks.length)]
    for (const { rule, mark, key } of asks) args.push(limitKey(prefix, keyDigest(mark + key), known(rule).digest))
    args.push(force ? '1' : '0')
    for (const { rule, cost } of asks) {
      const { before, tick } = known(rule).numbers
      args.push(before[0], before[1], before[2], before[3], costText(cost), tick)
    }
    return args
  }
}

const withText = (args: readonly string[]): readonly string[] => ['EVAL', LIMIT_SCRIPT, ...args.slice(2)]

class Decision implements RedisCall {
  readonly args: readonly string[]
  readonly later = new Later<LimitOutcome>()
  private readonly asks: readonly LimitAsk[]
  private readonly fallback: LimitStore

  constructor(args: readonly string[], asks: readonly LimitAsk[], fallback: LimitStore) {
    this.args = args
    this.asks = asks
    this.fallback = fallback
  }

  withText(): readonly string[] {
    return withText(this.args)
  }

  onValue(reply: unknown): void {
    const outcome = limitOutcome(reply, this.asks.length)
    if (outcome === null) this.onError()
    else this.later.resolve(outcome)
  }

  onError(): void {
    const outcome = this.fallback.take(this.asks)
    if ('then' in outcome) {
      outcome.then(
        value => this.later.resolve(value),
        error => this.later.reject(error),
      )
    } else this.later.resolve(outcome)
  }
}

class Charge implements RedisCall {
  readonly args: readonly string[]
  private readonly ask: LimitAsk
  private readonly fallback: LimitStore

  constructor(args: readonly string[], ask: LimitAsk, fallback: LimitStore) {
    this.args = args
    this.ask = ask
    this.fallback = fallback
  }

  withText(): readonly string[] {
    return withText(this.args)
  }

  onValue(): void {}

  onError(): void {
    this.fallback.charge(this.ask)
  }
}
