import { lookup, Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'

/** What a machine knows of names, so that a test can be one. Questions reject with an error that has a `code`. */
export interface NameWorld {
  /** Empty where there is none. */
  read(file: '/etc/hosts' | '/etc/resolv.conf'): Promise<string>
  v4(name: string): Promise<readonly string[]>
  v6(name: string): Promise<readonly string[]>
  /** `getaddrinfo`, which holds a thread for as long as it takes. */
  system(name: string): Promise<readonly Found[]>
}

export interface Found {
  readonly address: string
  readonly family: number
}

/**
 * What `getaddrinfo` would say, asked without a thread: hosts file, then name servers, by the search list of the machine.
 * A thread that waits for servers which do not answer cannot be ended, and the process does not end before it; so
 * `getaddrinfo` is asked only once they have answered that they do not know: there may be other means (multicast, a
 * directory).
 */
export const systemAddresses = async (name: string, world: NameWorld = nodeWorld()): Promise<readonly Found[]> => {
  if (isLocal(name)) return world.system(name)
  const written = inHosts(await world.read('/etc/hosts'), name)
  if (written.length > 0) return written
  for (const candidate of candidatesOf(await world.read('/etc/resolv.conf'), name)) {
    const found = await ask(world, candidate)
    if (found.length > 0) return found
  }
  return world.system(name)
}

/** None: the servers do not know it, or could not be asked. Rejects where they do not answer. */
const ask = async (world: NameWorld, name: string): Promise<readonly Found[]> => {
  const answers = await Promise.allSettled([world.v4(name), world.v6(name)])
  const found = answers.flatMap((answer, i) =>
    answer.status === 'fulfilled' ? answer.value.map(address => ({ address, family: i === 0 ? 4 : 6 })) : [],
  )
  const silence = answers.find(answer => answer.status === 'rejected' && isSilence(answer.reason))
  if (found.length === 0 && silence?.status === 'rejected') throw silence.reason
  return found
}

const isSilence = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ETIMEOUT'

/** hosts(5): an address, then names; case does not count. */
const inHosts = (text: string, name: string): readonly Found[] => {
  const wanted = name.replace(/\.$/, '').toLowerCase()
  return linesOf(text).flatMap(([address = '', ...names]) => {
    const family = isIP(address)
    return family !== 0 && names.some(each => each.toLowerCase() === wanted) ? [{ address, family }] : []
  })
}

/** No machine has more that matter; each is two questions. */
const MOST_DOMAINS = 16

/** resolv.conf(5): a name with fewer dots than `ndots` is looked for in the domains of `search` first, others last. */
const candidatesOf = (text: string, name: string): readonly string[] => {
  if (name.endsWith('.')) return [name]
  let domains: readonly string[] = []
  let ndots = 1
  for (const [key = '', ...values] of linesOf(text)) {
    if (key === 'search' || key === 'domain') domains = values.slice(0, key === 'domain' ? 1 : MOST_DOMAINS)
    if (key === 'options') ndots = ndotsIn(values) ?? ndots
  }
  const within = domains.map(domain => `${name}.${domain.replace(/^\.|\.$/g, '')}`).filter(each => !each.endsWith('.'))
  return name.split('.').length - 1 >= ndots ? [name, ...within] : [...within, name]
}

const ndotsIn = (options: readonly string[]): number | undefined => {
  const found = options.map(option => /^ndots:(\d{1,3})$/.exec(option)?.[1]).find(each => each !== undefined)
  return found === undefined ? undefined : Number(found)
}

const linesOf = (text: string): readonly (readonly string[])[] =>
  text.split('\n').map(line =>
    line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/),
  )

/** RFC 6761 §6.3: servers are not asked about these. */
const isLocal = (name: string): boolean => /^(?:.*\.)?localhost\.?$/i.test(name)

/** Of each server, before the next is asked; the second try waits twice as long. */
const TIMING = { timeout: 1000, tries: 2, maxTimeout: 2000 }

const getaddrinfo = (name: string): Promise<readonly Found[]> => lookup(name, { all: true })

/** Elsewhere than on Linux there is more to it than two files: the system is asked. */
const nodeWorld = (): NameWorld => {
  const resolver = process.platform === 'linux' ? new Resolver(TIMING) : undefined
  const nothing = async (): Promise<readonly string[]> => []
  return {
    read: file => readFile(file, 'utf8').catch(() => ''),
    v4: resolver === undefined ? nothing : name => resolver.resolve4(name),
    v6: resolver === undefined ? nothing : name => resolver.resolve6(name),
    system: getaddrinfo,
  }
}
