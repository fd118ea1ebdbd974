import type { GatewaySpec } from '../../spec/spec.ts'
import { createLog } from '../../telemetry/log.ts'
import { launchGateway } from '../launch.ts'
import { childMain } from './child-main.ts'

/** The entry of a gateway under test: what `run` starts, from a Spec that came by the channel. */
childMain(async init => {
  const gateway = await launchGateway(init as GatewaySpec, { log: createLog() })
  return gateway.spec().listeners.map(({ name, port }) => ({ name, port }))
})
