import { z } from 'zod'
import { headerName, headerValue, label, nonEmpty, percent, positiveDuration } from './scalars.ts'

const whole = z.strictObject({
  otlp: nonEmpty.describe(
    'URL of a collector that takes OTLP over HTTP, such as http://collector:4318; without a path /v1/traces is meant.',
  ),
  sample: percent.prefault('10%').describe('Share of the traces that begin here, or come from strangers, to keep.'),
  service: label.default('sallyport').describe('What the gateway is called in traces (`service.name`).'),
  headers: z.record(headerName, headerValue).default({}).describe('Sent to the collector besides, e.g. a token.'),
  timeout: positiveDuration.prefault('10s').describe('Longest wait for the collector.'),
})

const short = nonEmpty.transform(otlp => whole.parse({ otlp }))

export const tracing = z
  .union([z.literal(false), short, whole])
  .default(false)
  .describe('Distributed tracing: spans for a collector, `traceparent` for services; off unless set.')
