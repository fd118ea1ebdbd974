/**
 * An address out of `X-Forwarded-For` without what some proxies write around it: a port (`192.0.2.7:4711`,
 * `[2001:db8::1]:4711`), brackets, the IPv6 form of an IPv4 address. What is no address stays as it is.
 */
export const bareAddress = (text: string): string => {
  const bare = text.includes(':') ? withoutPort(text) : text
  return bare.startsWith('::ffff:') ? (/^::ffff:([\d.]+)$/.exec(bare)?.[1] ?? bare) : bare
}

const withoutPort = (text: string): string => {
  if (text.startsWith('[')) return /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1] ?? text
  return /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text
}
