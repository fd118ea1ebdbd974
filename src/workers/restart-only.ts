import type { AddressSpec, GatewaySpec } from '../spec/spec.ts'

/** What a reload cannot change, one sentence each. */
export const restartOnly = (running: GatewaySpec, wanted: GatewaySpec): readonly string[] => {
  const notes: string[] = []
  if (running.workers !== wanted.workers) {
    notes.push(`workers: ${running.workers} stay; ${wanted.workers} need a restart`)
  }
  if (addressOf(running.admin) !== addressOf(wanted.admin)) {
    notes.push(`admin: stays on ${addressOf(running.admin)}; ${addressOf(wanted.admin)} needs a restart`)
  }
  if (stateOf(running.state) !== stateOf(wanted.state)) notes.push('state: a change needs a restart')
  return notes
}

/** The wanted Spec with what cannot change taken from the running one. */
export const keepRestartOnly = (running: GatewaySpec, wanted: GatewaySpec): GatewaySpec => ({
  ...wanted,
  workers: running.workers,
  admin: running.admin,
  state: running.state,
})

/** Never shown: a URL may hold a password. */
const stateOf = (state: GatewaySpec['state']): string => JSON.stringify(state)

const addressOf = (address: AddressSpec | undefined): string =>
  address === undefined ? 'no address' : `${address.host}:${address.port}`
