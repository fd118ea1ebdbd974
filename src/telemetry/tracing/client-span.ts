import type { TracedCall } from '../../core/trace.ts'
import { addMethod, methodName } from './method.ts'
import { Attributes, KIND, type SpanBody } from './span-json.ts'

/**
 * One try upstream, by OpenTelemetry's conventions for HTTP clients. `status`: of the answer, 0: there was none, and
 * `problem` says why. The query is left out of the URL: it may hold secrets.
 */
export const clientSpan = (call: TracedCall, resends: number, status: number, problem: string): SpanBody => {
  const { method, service, scheme, host, port, authority } = call
  // Nobody waited for it any more: that says nothing about the service.
  const isError = problem === '' ? status >= 400 : problem !== 'cancelled'
  const attributes = addMethod(new Attributes(), method)
    .text('server.address', host)
    .number('server.port', port)
    .text('url.full', `${scheme}://${authority}${withoutQuery(call.path())}`)
    .text('network.protocol.version', '1.1')
    .text('sallyport.service', service)
    .number('http.request.resend_count', resends)
    .number('http.response.status_code', status)
    .text('error.type', problem === '' ? (isError ? `${status}` : '') : problem)
  return { name: methodName(method), kind: KIND.client, isError, attributes }
}

const withoutQuery = (target: string): string => {
  const at = target.indexOf('?')
  return at < 0 ? target : target.slice(0, at)
}
