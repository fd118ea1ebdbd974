/** The part that `http-proxy.ts` uses: the package has no types of its own. */
declare module 'http-proxy' {
  import type { Agent, ClientRequest, IncomingMessage, ServerResponse } from 'node:http'

  interface Options {
    readonly target: string
    readonly agent: Agent
    /** Sets X-Forwarded-For, -Port, -Proto and -Host. */
    readonly xfwd: boolean
    /** Sends the target's `Host`. */
    readonly changeOrigin: boolean
  }

  interface Proxy {
    web(request: IncomingMessage, response: ServerResponse): void
    on(
      event: 'proxyReq',
      listener: (sent: ClientRequest, request: IncomingMessage, response: ServerResponse) => void,
    ): void
    on(event: 'error', listener: (error: Error, request: IncomingMessage, response: ServerResponse) => void): void
  }

  const httpProxy: { createProxyServer(options: Options): Proxy }
  export default httpProxy
}
