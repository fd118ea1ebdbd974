import type { GatewaySpec } from '../../spec/spec.ts'
import { type Child, startChild } from './child.ts'

/** Listeners with the ports they were given. */
export type GatewayChild = Child<readonly { readonly name: string; readonly port: number }[]>

export const startGateway = (spec: GatewaySpec): Promise<GatewayChild> => startChild('gateway-child', spec)

export const portOf = ({ info }: GatewayChild, listener: string): number =>
  info.find(({ name }) => name === listener)?.port ?? 0
