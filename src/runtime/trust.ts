import net from 'node:net'

/** Whether an address belongs to a proxy whose forwarding headers are believed. `proxies`: addresses and CIDR blocks. */
export const trustOf = (proxies: readonly string[]): ((address: string) => boolean) => {
  if (proxies.length === 0) return () => false
  const list = new net.BlockList()
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/')
    const family = net.isIPv6(address) ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return address => {
    const family = net.isIP(address)
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4')
  }
}
