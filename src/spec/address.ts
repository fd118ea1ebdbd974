import { isIP, isIPv6 } from 'node:net'
import type { AddressSpec } from './spec.ts'

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i

export const isHostName = (text: string): boolean => HOST_NAME.test(text)

/** `host:port`, `[::1]:port`, or `:port` for every IPv4 address; port 0 lets the system choose. */
export const parseAddress = (text: string): AddressSpec | undefined => {
  const parts = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text)
  if (parts === null) return undefined
  const port = Number(parts[3])
  if (port > 65_535) return undefined
  const [, v6, name] = parts
  if (v6 !== undefined) return isIPv6(v6) ? { host: v6, port } : undefined
  if (name === undefined || name === '') return { host: '0.0.0.0', port }
  return isIP(name) === 4 || isNamed(name) ? { host: name.toLowerCase(), port } : undefined
}

/** `10.0.0.0/8`, or one address. */
export const isNetwork = (text: string): boolean => {
  const [address = '', bits, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

/** An address, with a port other than 53 if there is one: what Node's resolver takes. */
export const isNameServer = (text: string): boolean => {
  if (isIP(text) !== 0) return true
  const parts = /^(?:\[([^\]]*)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text)
  if (parts === null) return false
  const [, v6, v4 = '', port = '53'] = parts
  return (v6 === undefined ? isIP(v4) === 4 : isIPv6(v6)) && Number(port) > 0 && Number(port) <= 65_535
}

/** What a client may send in `Host`: a name, `*.` and a name, or an address; lower case, no port. */
export const isHostPattern = (text: string): boolean => {
  if (text.startsWith('[')) return text.endsWith(']') && isIPv6(text.slice(1, -1))
  const name = text.startsWith('*.') ? text.slice(2) : text
  return isHostName(name)
}

/** `host[:port]` with brackets around IPv6. */
export const showAddress = ({ host, port }: AddressSpec): string =>
  isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`

/** A number such as `999.1.1.1` is a mistyped address, not a name. */
const isNamed = (text: string): boolean => isHostName(text) && !/^[\d.]+$/.test(text)
