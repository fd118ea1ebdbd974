import { readFileSync } from 'node:fs'

const MIGRATE = '/proc/sys/net/ipv4/tcp_migrate_req'

/**
 * One line for whoever runs several workers on Linux: without this setting, connections that wait in the accept queue
 * of a worker that dies are lost instead of moving to the others.
 */
export const acceptQueueAdvice = (workers: number, read: (file: string) => string = readText): string | undefined => {
  if (workers < 2) return undefined
  try {
    if (read(MIGRATE).trim() !== '0') return undefined
  } catch {
    return undefined
  }
  return 'advice: with net.ipv4.tcp_migrate_req=1 (sysctl) connections waiting for a worker that dies are not lost'
}

const readText = (file: string): string => readFileSync(file, 'utf8')
