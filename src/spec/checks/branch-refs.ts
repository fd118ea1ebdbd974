import { isJson, templatesIn } from '../json-template.ts'
import type { PlacedRoute } from '../placed-route.ts'
import type { Path } from '../problem.ts'
import { LONE_WORDS, parseRef } from '../ref.ts'
import { type ParsedTemplate, parseRefTemplate } from '../ref-template.ts'
import type { Report } from '../source.ts'
import type { RefSpec } from '../spec-aggregate.ts'
import { didYouMean } from '../suggest.ts'
import { forwardHint } from './branch-headers.ts'
import type { BranchDraft } from './draft.ts'
import { paramsOf, patternFromOutside } from './params.ts'
import type { Proof } from './proof.ts'

/** What the references of one branch are looked at with. */
export interface RefWorld {
  readonly report: Report
  readonly placed: PlacedRoute
  readonly proof: Proof | undefined
  /** Names of the branches. */
  readonly branches: readonly string[]
  /** Header fields that carry credentials which end at the gateway, with their ways. */
  readonly credentials: ReadonlyMap<string, string>
}

/** Whether what a branch refers to can be there at all. */
export const checkRefs = (world: RefWorld, path: Path, name: string, branch: BranchDraft): void => {
  for (const { path: at, template } of templatesOf(path, branch)) checkTemplate(world, at, name, template)
  for (const key of Object.keys(branch.when ?? {})) {
    const at = [...path, 'when', key]
    const parsed = parseRef(key)
    if ('message' in parsed) world.report.add(at, parsed.message, { hint: parsed.hint, on: 'key' })
    else checkRef(world, { path: at, on: 'key', shown: 'it' }, name, parsed.ref)
  }
}

const templatesOf = (
  path: Path,
  { path: target, query, headers, body }: BranchDraft,
): { readonly path: Path; readonly template: ParsedTemplate }[] => {
  const texts: [Path, unknown][] = [
    [[...path, 'path'], target],
    ...Object.entries(query ?? {}).map(([key, value]): [Path, unknown] => [[...path, 'query', key], value]),
    ...Object.entries(headers ?? {}).map(([key, value]): [Path, unknown] => [[...path, 'headers', key], value]),
  ]
  return [
    ...texts.flatMap(([at, text]) =>
      typeof text === 'string' ? [{ path: at, template: parseRefTemplate(text) }] : [],
    ),
    ...(isJson(body) ? templatesIn([...path, 'body'], body) : []),
  ]
}

const checkTemplate = (world: RefWorld, path: Path, name: string, template: ParsedTemplate): void => {
  checkSyntax(world.report, path, template)
  for (const { ref, text } of template.refs) {
    checkRef(world, { path, on: 'value', shown: shownRef(world.report, path, text) }, name, ref)
  }
}

/** What is wrong with a template wherever it stands. */
export const checkSyntax = (report: Report, path: Path, { mistakes }: ParsedTemplate): void => {
  for (const { message, hint, text, offset } of mistakes) {
    const what =
      text === undefined ? `${message} (character ${offset + 1})` : `${shownRef(report, path, text)} ${message}`
    report.add(path, what, { hint: report.source.fromOutside(path) ? undefined : hint })
  }
}

/** What stands between braces, for messages. */
export const shownRef = ({ source }: Report, path: Path, text: string): string =>
  source.fromOutside(path) ? 'a reference' : `{${text}}`

/** Where a reference stands, and what it is called in messages. */
export interface Spot {
  readonly path: Path
  readonly on: 'key' | 'value'
  readonly shown: string
}

export const checkRef = (world: RefWorld, spot: Spot, name: string, ref: RefSpec): void => {
  switch (ref.source) {
    case 'params':
      return checkParam(world, spot, ref.path[0] ?? '')
    case 'claims':
    case 'subject':
    case 'consumer':
      return checkProved(world, spot, ref.source)
    case 'body':
      return checkBody(world, spot)
    case 'branches':
      return checkBranch(world, spot, name, ref.path[0] ?? '')
    case 'headers':
      return checkHeader(world, spot, ref.path[0] ?? '')
    case 'query':
      return
  }
}

const checkParam = ({ report, placed }: RefWorld, { path, on }: Spot, name: string): void => {
  const params = paramsOf(placed.route)
  if (params === undefined || params.includes(name)) return
  if (report.source.fromOutside(path) || patternFromOutside(report, placed)) {
    return report.add(path, 'names a parameter that the path lacks', { on })
  }
  const known = params.length === 0 ? 'it has none' : `it has ${params.map(param => `{${param}}`).join(', ')}`
  const hint = didYouMean(name, [...params, ...LONE_WORDS]) ?? known
  report.add(path, `the path has no parameter {${name}}`, { hint, on })
}

/** It may be optional, so that only some requests have it: those where nobody is asked never have. */
const checkProved = (
  { report, proof }: RefWorld,
  { path, on, shown }: Spot,
  source: 'claims' | 'subject' | 'consumer',
): void => {
  if (proof === undefined) return
  const warn = (message: string, hint: string): void =>
    report.add(path, `${message}, so ${shown} is never there`, { severity: 'warning', hint, on })
  if (proof.open) warn('nobody proves who they are on this route', 'set "auth"')
  else if (source === 'consumer' && !proof.consumer) {
    warn(
      'no way that this route accepts names a consumer',
      'accept one with "apiKey", or set "consumerClaim" of the "jwt"',
    )
  } else if (source !== 'consumer' && !proof.claims) {
    warn('no token is asked for on this route', 'accept a way with "jwt"')
  }
}

const BODILESS = new Set(['GET', 'HEAD', 'OPTIONS'])

const checkBody = ({ report, placed }: RefWorld, { path, on, shown }: Spot): void => {
  const methods = placed.route.methods ?? ['GET']
  if (methods.some(method => method === undefined || !BODILESS.has(method))) return
  report.add(path, `the requests of this route have no body, so ${shown} is never there`, {
    hint: 'set "methods" of the route, such as [POST]',
    on,
  })
}

const checkBranch = ({ report, branches }: RefWorld, { path, on, shown }: Spot, name: string, other: string): void => {
  if (other === name) return report.add(path, `${shown} is of this branch itself`, { on })
  if (branches.includes(other)) return
  const outside = report.source.fromOutside(path)
  const hint = outside
    ? undefined
    : didYouMean(
        other,
        branches.filter(one => one !== name),
      )
  report.add(path, outside ? 'refers to an unknown branch' : `unknown branch "${other}"`, {
    hint: hint ?? 'add it to "branches"',
    code: 'unknown-name',
    on,
  })
}

const checkHeader = ({ report, credentials }: RefWorld, { path, on, shown }: Spot, name: string): void => {
  const way = credentials.get(name)
  if (way === undefined) return
  report.add(path, `${shown} is a credential, which ends at the gateway`, {
    hint: `${forwardHint(way)}, and name the header in "passHeaders"`,
    on,
  })
}
