import type { Meter } from '../core/ports.ts'

export interface BodyMeter {
  readonly onChange: (bytes: number) => void
  readonly onRefused: () => void
}

/** Counts the bytes of bodies that a worker holds, and what found no room. */
export const bodyMeter = (meter: Meter): BodyMeter => {
  const held = meter.gauge('sallyport_held_body_bytes')
  const refused = meter.counter('sallyport_held_body_refused_total')
  return { onChange: bytes => held.add(bytes), onRefused: () => refused.add(1) }
}
