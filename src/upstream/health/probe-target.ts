import { grpcProbe } from './grpc-probe.ts'
import { httpProbe } from './http-probe.ts'
import type { Probe } from './probe.ts'
import { tcpProbe } from './tcp-probe.ts'

/** Asks as the spec says. */
export const probeTarget: Probe = (probed, done) => {
  const spec = probed.health.probe
  switch (spec.kind) {
    case 'http':
      return httpProbe(probed, spec, done)
    case 'grpc':
      return grpcProbe(probed, spec, done)
    case 'tcp':
      return tcpProbe(probed, done)
  }
}
