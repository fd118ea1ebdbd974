import { collect } from '../base/collect.ts'
import { Fault } from '../base/errors.ts'
import { Timer } from '../base/wheel.ts'
import type { Reply } from '../core/reply.ts'
import type { Connect, Home, Passenger, Pooled } from '../upstream/roles.ts'
import { brokeOff, type FakeReply, type FakeService, readFakeRequest, replyOf } from './fake-service.ts'

/** Longest request body that a service of a test is given. */
const MAX_BODY = 64 * 1024 * 1024

/** Connections that lead into the test. All around them (pools, timeouts, breakers, retries, metrics) is the real thing. */
export const connectTo =
  (services: ReadonlyMap<string, FakeService>): Connect =>
  (home, attempt) => {
    const connection = new FakeConnection(home, services)
    // Whoever opens it holds it before it has anything to say, as with sockets.
    queueMicrotask(() => connection.begin(attempt))
    return connection
  }

class FakeConnection implements Pooled {
  /** What breaks here was seen by the service: it is no connection that died while it was idle. */
  readonly reused = false
  answered = false
  private readonly home: Home<Pooled>
  private readonly services: ReadonlyMap<string, FakeService>
  private readonly timer = new Timer(() => this.tooSlow())
  private attempt: Passenger | null = null
  private leave = new AbortController()
  private closed = false

  constructor(home: Home<Pooled>, services: ReadonlyMap<string, FakeService>) {
    this.home = home
    this.services = services
  }

  get isUsable(): boolean {
    return !this.closed && this.attempt === null
  }

  begin(attempt: Passenger): void {
    if (this.closed) return
    this.attempt = attempt
    this.answered = false
    this.leave = new AbortController()
    const { body } = attempt.x
    if (body === null) return this.ask(attempt, Buffer.alloc(0))
    collect(body, MAX_BODY, {
      whole: bytes => this.ask(attempt, bytes),
      tooLarge: rest => {
        const why = new Fault('UPSTREAM_CONNECT', `services of a test take bodies of ${MAX_BODY} bytes`)
        rest.cancel(why)
        this.end(attempt, () => attempt.fail(why))
      },
      broken: why => this.end(attempt, () => attempt.fail(why)),
    })
  }

  /** The gateway wants nothing more of it. */
  destroy(): void {
    if (this.closed) return
    this.closed = true
    this.attempt = null
    const { home } = this
    home.world.wheel.remove(this.timer)
    home.disconnected()
    this.leave.abort()
    home.forget(this)
  }

  // --- one exchange ---

  private ask(attempt: Passenger, body: Buffer): void {
    if (this.attempt !== attempt) return
    const { service } = attempt.x
    const answer = this.services.get(service)
    if (answer === undefined) return this.end(attempt, () => attempt.connectFailed('ECONNREFUSED'))
    attempt.sent()
    this.awaitAnswer(attempt)
    const from = { service, target: this.home.options.endpoint.url, signal: this.leave.signal }
    const asked = async (): Promise<FakeReply> => answer(readFakeRequest(attempt.head, body, from))
    asked().then(
      reply => this.answer(attempt, reply),
      error => this.broke(attempt, error),
    )
  }

  private answer(attempt: Passenger, given: FakeReply): void {
    if (this.attempt !== attempt) return
    if (typeof given === 'object' && given !== null && 'fails' in given) {
      if (given.fails === 'refused') return this.end(attempt, () => attempt.connectFailed('ECONNREFUSED'))
      return this.end(attempt, () => attempt.connectionLost(this, 'the upstream closed the connection'))
    }
    let reply: Reply
    try {
      reply = replyOf(given)
    } catch (error) {
      return this.broke(attempt, error)
    }
    if (attempt.x.method === 'HEAD') reply.body = null
    this.pass(attempt, reply)
  }

  private pass(attempt: Passenger, reply: Reply): void {
    const { world } = this.home
    this.answered = true
    world.wheel.clear(this.timer)
    try {
      attempt.succeed(reply)
    } catch (error) {
      world.log.error('an answer could not be passed on', { error: String(error) })
      return this.end(attempt, () => attempt.fail(new Fault('INTERNAL', 'the answer could not be passed on')))
    }
    this.attempt = null
    attempt.over()
    if (!this.closed) this.home.put(this)
  }

  private broke(attempt: Passenger, error: unknown): void {
    if (this.attempt !== attempt) return
    const why = brokeOff(attempt.x.service, error)
    this.home.world.log.error(why.detail, error instanceof Error ? { stack: error.stack } : {})
    this.end(attempt, () => attempt.fail(why))
  }

  /** As with sockets: the connection is gone before the attempt is told, which may begin another one at once. */
  private end(attempt: Passenger, tell: () => void): void {
    if (this.attempt !== attempt) return
    this.destroy()
    tell()
  }

  /** The earlier of the service's own timeout and the deadline of the whole request. */
  private awaitAnswer({ x }: Passenger): void {
    const { world, options } = this.home
    const at = world.clock.now() + options.timeouts.headMs
    world.wheel.setAt(this.timer, x.deadlineAt > 0 ? Math.min(at, x.deadlineAt) : at)
  }

  private tooSlow(): void {
    const { attempt } = this
    if (attempt === null) return
    this.end(attempt, () => attempt.fail(new Fault('UPSTREAM_TIMEOUT', 'the upstream did not answer in time')))
  }
}
