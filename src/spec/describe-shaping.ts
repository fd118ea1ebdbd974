import { describeEdit } from './describe-edits.ts'
import { describeAffinity, describeRetry } from './describe-services.ts'
import type { RouteSpec } from './spec.ts'
import type { FieldsSpec, HeaderEditSpec } from './spec-policies.ts'
import type { FaultSpec, SplitSpec } from './spec-resilience.ts'
import { showDuration, showPercent } from './units.ts'

/** What a route does with the way to its service, in words. */
export const describeShaping = ({
  action,
  retry,
  fault,
  fields,
  requestHeaders,
  responseHeaders,
}: RouteSpec): string[] => [
  ...(action.kind === 'forward' ? describeSplit(action.split) : []),
  ...(action.kind === 'forward' && action.host !== '' ? [`host: ${action.host}`] : []),
  ...describeHeaders('request', requestHeaders),
  ...describeHeaders('response', responseHeaders),
  ...(retry === undefined ? [] : [retry === 'none' ? 'no retries' : describeRetry(retry)]),
  ...(fault === undefined ? [] : [describeFault(fault)]),
  ...(fields === undefined ? [] : [describeFields(fields)]),
]

/** Without values, which may be secrets. */
const describeHeaders = (of: string, edits: readonly HeaderEditSpec[]): string[] => {
  const named = (what: string, some: (edit: HeaderEditSpec) => boolean): string[] => {
    const names = edits.filter(some).map(({ name }) => name)
    return names.length === 0 ? [] : [`${what} ${names.join(', ')}`]
  }
  const parts = [
    ...named('set', ({ replaces, values }) => replaces && values.length > 0),
    ...named('add', ({ replaces }) => !replaces),
    ...named('without', ({ replaces, values }) => replaces && values.length === 0),
  ]
  return parts.length === 0 ? [] : [`${of} headers: ${parts.join('; ')}`]
}

const describeFields = ({ edits, otherContent }: FieldsSpec): string =>
  `fields: ${edits.map(describeEdit).join(', ')}${otherContent === 'pass' ? '; what is not JSON passes' : ''}`

const describeSplit = ({ sticky, header, cookie }: SplitSpec): string[] => {
  const names = [...(header === '' ? [] : [`header ${header}`]), ...(cookie === '' ? [] : [`cookie ${cookie}`])]
  return [
    ...(names.length === 0 ? [] : [`${names.join(' or ')} may name the service`]),
    ...(sticky === undefined ? [] : [`the same ${describeAffinity(sticky)} gets the same service`]),
  ]
}

const describeFault = ({ delay, abort, header }: FaultSpec): string => {
  const parts = [
    ...(delay === undefined ? [] : [`${showPercent(delay.share)} wait ${showDuration(delay.ms)}`]),
    ...(abort === undefined ? [] : [`${showPercent(abort.share)} get ${abort.status}`]),
  ]
  return `fault: ${parts.join(', ')}${header === '' ? '' : `, where ${header} is sent`}`
}
