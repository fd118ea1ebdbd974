import type { CheckedConfig } from './schema.ts'
import type { TracingSpec } from './spec-tracing.ts'

export const buildTracing = (tracing: CheckedConfig['tracing']): TracingSpec | undefined => {
  if (tracing === false) return undefined
  const { otlp, sample, service, headers, timeout } = tracing
  return {
    url: withPath(otlp),
    sample,
    service,
    headers: Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    timeoutMs: timeout,
  }
}

/** As OTLP exporters do with a base URL. */
const withPath = (otlp: string): string => {
  const url = new URL(otlp)
  if (url.pathname === '/') url.pathname = '/v1/traces'
  return url.href
}
