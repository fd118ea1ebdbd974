import type { Exchange } from '../../core/exchange.ts'
import type { Reply } from '../../core/reply.ts'
import { addMethod, methodName } from './method.ts'
import { Attributes, KIND, type SpanBody } from './span-json.ts'

/** Of the route: its name, and the pattern of paths that it takes; both empty where there is none. */
export interface TracedRoute {
  readonly name: string
  readonly template: string
}

/**
 * A whole request, by OpenTelemetry's conventions for HTTP servers. The query is left out: it may hold secrets. What a
 * client did wrong, a 4xx, is no error of ours.
 */
export const serverSpan = (x: Exchange, reply: Reply, { name, template }: TracedRoute): SpanBody => {
  const { fault, method } = x
  const { status } = reply
  const isCut = fault !== null && status < 400
  const isError = status === 0 || status >= 500 || isCut
  const attributes = addMethod(new Attributes(), method)
    .text('url.scheme', x.scheme)
    .text('url.path', x.path)
    .text('http.route', template)
    .number('http.response.status_code', status)
    .text('error.type', isError ? (fault?.code ?? `${status}`) : '')
    .text('server.address', x.host)
    .number('server.port', portOf(x.authority))
    .text('client.address', x.clientAddress)
    .text('network.peer.address', x.peerAddress)
    .text('network.protocol.version', x.httpVersion)
    .text('user_agent.original', x.headers.get('user-agent') ?? '')
    .text('sallyport.route', name)
    .text('sallyport.request_id', x.requestId)
    .text('sallyport.error.code', fault?.code ?? '')
  const verb = methodName(method)
  return { name: template === '' ? verb : `${verb} ${template}`, kind: KIND.server, isError, attributes }
}

/** 0: not said, which is the scheme's own. */
const portOf = (authority: string): number => Number(/:(\d{1,5})$/.exec(authority)?.[1] ?? 0)
