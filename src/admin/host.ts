import { isIP } from 'node:net'

/**
 * Whether a `Host` value can be meant for the admin listener. A web page that rebinds its own name to this address
 * (DNS rebinding) still sends its own name, so only names that no stranger controls are taken: IP literals, `localhost`
 * and the host the listener was configured with.
 */
export const isOwnHost = (host: string, configured: string): boolean => {
  const name = hostName(host.toLowerCase())
  return name !== undefined && (isIP(name) !== 0 || name === 'localhost' || name === configured.toLowerCase())
}

/** Without the port and without brackets; undefined when it is not a host at all. */
const hostName = (host: string): string | undefined => {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:@/?#[\]]+))(?::\d{1,5})?$/.exec(host)
  return match?.[1] ?? match?.[2]
}
