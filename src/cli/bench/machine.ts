import { cpus } from 'node:os'

/** CPU time of all cores since boot, ms. */
export interface MachineTime {
  readonly busy: number
  readonly all: number
}

export const machineTime = (): MachineTime => {
  let busy = 0
  let all = 0
  for (const { times } of cpus()) {
    const spent = times.user + times.nice + times.sys + times.irq
    busy += spent
    all += spent + times.idle
  }
  return { busy, all }
}

/** Share of all cores that was busy, 0 to 1. */
export const busyShare = (before: MachineTime, after: MachineTime): number =>
  after.all <= before.all ? 0 : (after.busy - before.busy) / (after.all - before.all)
