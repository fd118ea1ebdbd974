import { headersOf } from '../../base/headers.ts'
import { identityFields } from '../../http1/serialize.ts'
import type { HeaderEditsDraft } from '../build-header-edits.ts'
import type { PlacedRoute } from '../placed-route.ts'
import type { Path } from '../problem.ts'
import { parseRefTemplate } from '../ref-template.ts'
import type { Report } from '../source.ts'
import { checkCase, endingCredentials, forwardHint, HOP_BY_HOP, identityHeaders } from './branch-headers.ts'
import { checkRef, checkSyntax, shownRef } from './branch-refs.ts'
import { type ConfigDraft, written } from './draft.ts'
import type { Proof } from './proof.ts'

interface World {
  readonly report: Report
  readonly draft: ConfigDraft
  readonly placed: PlacedRoute
  readonly proof: Proof | undefined
}

type Key = 'requestHeaders' | 'responseHeaders'

interface Level {
  readonly key: Key
  readonly path: Path
  readonly edits: HeaderEditsDraft
  /** Where to tell what is wrong on this route alone: what it inherits may be right for others. */
  readonly onRoute: Path
}

/** Edits of header fields that a route has or inherits, each where it is written. */
export const checkHeaderEdits = (world: World): void => {
  for (const key of ['requestHeaders', 'responseHeaders'] as const) {
    for (const level of levelsOf(world, key)) checkLevel(world, level)
    checkDeclined(world, key)
  }
}

const levelsOf = ({ draft, placed }: World, key: Key): Level[] => {
  const { path, own, scopes } = placed
  const levels = [
    { path, draft: own },
    ...scopes,
    ...(draft.defaults === undefined ? [] : [{ path: ['defaults'], draft: draft.defaults }]),
  ]
  return levels.flatMap(({ path: at, draft: { [key]: edits } }) =>
    edits === undefined || edits === 'none'
      ? []
      : [{ key, path: [...at, key], edits, onRoute: at === path ? [] : [...path, key] }],
  )
}

const checkDeclined = ({ report, draft, placed: { path, own, scopes } }: World, key: Key): void => {
  if (own[key] !== 'none' || [...scopes.map(scope => scope.draft), draft.defaults].some(level => level?.[key])) return
  report.add([...path, key], 'declines what nothing hands down', { severity: 'warning', hint: 'leave it out' })
}

const checkLevel = (world: World, level: Level): void => {
  const { report } = world
  const { path, edits } = level
  if (written(report, path, ['set', 'add', 'remove']).length === 0) report.add(path, 'needs "set", "add" or "remove"')
  checkNames(world, level)
  for (const [name, value] of Object.entries(edits.set ?? {})) checkValue(world, level, [...path, 'set', name], value)
  for (const [name, value] of Object.entries(edits.add ?? {})) {
    const at = [...path, 'add', name]
    if (Array.isArray(value)) for (const [i, one] of value.entries()) checkValue(world, level, [...at, i], one)
    else checkValue(world, level, at, value)
  }
}

interface Named {
  readonly at: Path
  readonly name: string
  readonly on: 'key' | 'value'
}

const checkNames = (world: World, { key, path, edits }: Level): void => {
  const { report } = world
  const named = (change: 'set' | 'add'): Named[] => {
    const names = Object.keys(edits[change] ?? {})
    checkCase(report, [...path, change], names)
    return names.map(name => ({ at: [...path, change, name], name: name.toLowerCase(), on: 'key' }))
  }
  const set = named('set')
  const add = named('add')
  const remove = (edits.remove ?? []).flatMap((name, i): Named[] =>
    name === undefined ? [] : [{ at: [...path, 'remove', i], name: name.toLowerCase(), on: 'value' }],
  )
  for (const [i, { at, name }] of remove.entries()) {
    if (remove.findIndex(one => one.name === name) < i) report.add(at, `names ${report.show(at, name)} twice`)
    if (set.some(one => one.name === name)) report.add(at, 'is set as well', { hint: '"set" replaces what came' })
    if (add.some(one => one.name === name)) report.add(at, 'is added as well', { hint: 'write it in "set" alone' })
  }
  const mistake = key === 'requestHeaders' ? ofRequests(world) : ofAnswers(world)
  for (const { at, name, on } of [...set, ...add, ...remove]) {
    const found = mistake(name)
    if (found !== undefined) report.add(at, found.message, { hint: found.hint, on })
  }
}

interface Mistake {
  readonly message: string
  readonly hint?: string
}

type MistakeIn = (name: string) => Mistake | undefined

const OF_CONNECTION: Mistake = { message: 'belongs to the connection, not to what is passed on', hint: 'leave it out' }
const OURS: Mistake = { message: 'is set by the gateway', hint: 'use another name' }
const IDENTITY: Mistake = {
  message: 'says who the client is, which only authentication may',
  hint: 'use another name',
}
const HOST: Mistake = {
  message: 'is no field that can be edited',
  hint: 'set "rewriteHost" of the route, or "host: preserve" of the service',
}

const SET_IN_REQUESTS = /^(expect|forwarded|via|x-request-id|x-forwarded-(for|proto|host)|sec-websocket-.*)$/
const SET_IN_ANSWERS = /^(date|x-request-id|sallyport-.*|sec-websocket-.*)$/
const TRACE = new Set(['traceparent', 'tracestate'])

const ofRequests = ({ draft }: World): MistakeIn => {
  const isIdentity = identityFields([...identityHeaders(draft)])
  const deadlines = new Map(
    Object.entries(draft.services ?? {}).map(([name, service]) => [service?.deadlineHeader?.toLowerCase(), name]),
  )
  return name => {
    if (HOP_BY_HOP.has(name)) return OF_CONNECTION
    if (name === 'host') return HOST
    if (SET_IN_REQUESTS.test(name)) return OURS
    if (isIdentity(headersOf([[name, '']]), 0)) return IDENTITY
    if (typeof draft.tracing === 'object' && TRACE.has(name)) return { ...OURS, hint: 'it comes from "tracing"' }
    const service = deadlines.get(name)
    return service === undefined ? undefined : { ...OURS, hint: `it is "deadlineHeader" of service "${service}"` }
  }
}

const ofAnswers = ({ placed: { route } }: World): MistakeIn => {
  const { cors } = route
  return name => {
    if (HOP_BY_HOP.has(name)) return OF_CONNECTION
    if (SET_IN_ANSWERS.test(name)) return OURS
    if (typeof cors !== 'object' || !name.startsWith('access-control-')) return undefined
    return { message: 'is written by "cors" of the route', hint: 'say it there' }
  }
}

const checkValue = (world: World, level: Level, path: Path, text: string | undefined): void => {
  if (text === undefined) return
  const { report, draft, placed, proof } = world
  const { onRoute } = level
  const template = parseRefTemplate(text)
  checkSyntax(report, path, template)
  const credentials = endingCredentials(draft, proof?.ways ?? [])
  for (const { ref, text: inner } of template.refs) {
    const shown = shownRef(report, path, inner)
    const [header = ''] = ref.path
    const way = ref.source === 'headers' ? credentials.get(header) : undefined
    if (ref.source === 'body' || ref.source === 'branches') {
      report.add(path, `${shown} is not known when header fields are edited`, {
        hint: 'use a parameter of the path, the query, a header or a claim',
      })
    } else if (way !== undefined) {
      report.add(path, `${shown} is a credential, which ends at the gateway`, { hint: forwardHint(way) })
    } else if (onRoute.length === 0) {
      checkRef({ report, placed, proof, branches: [], credentials: NONE }, { path, on: 'value', shown }, '', ref)
    } else if (ref.source === 'params') {
      // Where nobody is known, what is inherited is meant to be left out; a parameter was believed to be there.
      const spot = { path: onRoute, on: 'value', shown } as const
      checkRef({ report, placed, proof: undefined, branches: [], credentials: NONE }, spot, '', ref)
    }
  }
}

const NONE: ReadonlyMap<string, string> = new Map()
