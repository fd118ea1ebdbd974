import type { Reply } from '../core/reply.ts'
import type { Attempt } from './attempt.ts'
import type { Member } from './member.ts'
import { type Ask, Service } from './service.ts'
import { isAnswer, type Outcome } from './watch.ts'

/** A service whose tries are spans, each named to its target in `traceparent`. */
export class TracedService extends Service {
  protected override headFor(attempt: Attempt, member: Member, ask: Ask): string {
    const { x } = attempt
    if (x.trace === null) return super.headFor(attempt, member, ask)
    const { tls, host, port, authority } = member.state.options.endpoint
    attempt.span = x.trace.send({
      method: x.method,
      service: x.service,
      scheme: tls ? 'https' : 'http',
      host,
      port,
      authority,
      path: () => member.basePath + ask.path(x),
    })
    return super.headFor(attempt, member, ask, attempt.span.lines)
  }

  override ended(attempt: Attempt, outcome: Outcome, ms: number): void {
    super.ended(attempt, outcome, ms)
    if (!isAnswer(outcome)) attempt.span?.end(0, outcome)
  }

  override answered(attempt: Attempt, reply: Reply): void {
    super.answered(attempt, reply)
    attempt.span?.end(reply.status, '')
  }
}
