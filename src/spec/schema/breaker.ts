import { z } from 'zod'
import { count, duration, durationFrom, percent, positiveDuration, positivePercent } from './scalars.ts'

const slowCalls = z
  .strictObject({
    longerThan: positiveDuration.describe('From when on a call is slow.'),
    rate: positivePercent.prefault('50%').describe('Share of slow calls that opens the circuit.'),
  })
  .describe('Open the circuit for slow calls, too.')
  .meta({ examples: [{ longerThan: '2s', rate: '50%' }] })

const members = {
  failureRate: percent.prefault('50%').describe('Share of failures that opens the circuit; 0%: off.'),
  consecutiveFailures: count(0, 10_000).default(0).describe('Failures in a row that open it; 0: off.'),
  slowCalls: slowCalls.optional(),
  minRequests: count(1).default(20).describe('Requests in the window below which no share opens it.'),
  window: durationFrom(1000).prefault('10s').describe('How far back requests are counted.'),
  openFor: positiveDuration.prefault('5s').describe('How long it stays open.'),
  halfOpenRequests: count(1, 10_000).default(3).describe('Trial requests before it closes again.'),
  rampFor: duration
    .prefault('0s')
    .describe('Let traffic return gradually over this time once it closes; 0s: all at once.'),
}

export const breaker = z
  .strictObject(members)
  .describe('Stop asking a service that fails.')
  .meta({ examples: [{ failureRate: '50%', minRequests: 20, openFor: '5s' }] })
export const targetBreaker = z.strictObject(members).describe('Stop asking a target that fails, while others answer.')

export type BreakerOutput = z.output<typeof breaker>
