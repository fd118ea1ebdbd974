import { showAddress } from '../address.ts'
import type { Path } from '../problem.ts'
import type { Report } from '../source.ts'
import { valueAt } from '../source.ts'
import type { ConfigDraft } from './draft.ts'

/**
 * Two listeners, the admin's included, cannot share an address; port 0 is never the same twice. The admin listener, which
 * shares no port, cannot even have one that another listener takes on all addresses.
 */
export const checkListeners = (report: Report, draft: ConfigDraft): void => {
  const listeners = Object.entries(draft.listeners ?? {})
  if (listeners.length === 0) report.add(['listeners'], 'at least one listener is needed')
  const admin = typeof draft.admin === 'object' ? [['admin', draft.admin.address] as const] : []
  const all = [...listeners.map(([name, listener]) => [`listeners.${name}`, listener?.address] as const), ...admin]
  const taken = new Map<string, string>()
  for (const [owner, address] of all) {
    if (address?.host === undefined || address.port === undefined || address.port === 0) continue
    const text = showAddress({ host: address.host, port: address.port })
    const first = taken.get(text)
    const everywhere = owner === 'admin' ? taken.get(everyAddress(address.host, address.port)) : undefined
    if (first !== undefined) {
      report.add(addressPath(report, owner), `the same address as ${first}`, { hint: 'give each its own port' })
    } else if (everywhere !== undefined) {
      report.add(addressPath(report, owner), `${everywhere} takes this port on every address`, {
        hint: 'give each its own port',
      })
    } else taken.set(text, owner)
  }
}

const everyAddress = (host: string, port: number): string =>
  showAddress({ host: host.includes(':') ? '::' : '0.0.0.0', port })

/** Where the address is written: the long or the short form, or not at all. */
const addressPath = (report: Report, owner: string): Path => {
  const path = owner === 'admin' ? ['admin'] : ['listeners', owner.slice('listeners.'.length)]
  return typeof valueAt(report.source.document, path) === 'object' ? [...path, 'address'] : path
}
