import type { BranchFare } from '../core/exchange.ts'
import type { AccessEntry } from '../core/serving.ts'
import { bareField, harmlessField, harmlessInJson, jsonField, quotedField } from './escape.ts'
import { lastOf, remembered } from './remembered.ts'
import { clfTimestamp, decimals, isoTimestamp } from './timestamp.ts'

/** How one finished request becomes a line. */
export interface LineFormat {
  /**
   * With a space where its newline goes. No value can end its field; control characters and what is not ASCII are in it as
   * they came.
   */
  readonly line: (entry: AccessEntry) => string
  /** A line of `line` with how the branches of an aggregate fared at its end. */
  readonly withBranches: (line: string, branches: readonly BranchFare[]) => string
  /** Escapes those, in the few lines that have any: looking for them in each value took a third of its time. */
  readonly harmless: (line: string) => string
}

/** Fields that the gateway does not bound itself: a client must not choose how long a line gets. */
const LONGEST_TARGET = 8192
const LONGEST_FIELD = 1024

/**
 * Keys are those of `AccessEntry`, with `time` for `at`; every line has all of them, in this order. Values of which there are
 * few are remembered together with the keys around them: half as many strings to put together, one by one from the left, since
 * the batch is copied out fastest when it leans to one side.
 */
export const jsonLine = (redact: (url: string) => string): LineFormat => {
  const time = isoTimestamp()
  const opening = lastOf((ms: number) => flat('{"time":"', time(ms), '","client":"'))
  const method = remembered((text: string) => flat('","method":"', jsonField(text), '","target":"'))
  const version = remembered((text: string) => flat('","version":"', jsonField(text), '","host":"'))
  const status = remembered((n: number) => flat('","status":', `${whole(n)}`, ',"code":"'))
  const code = remembered((text: string) => flat(jsonField(text), '","bytesIn":'))
  const route = remembered((text: string) => flat(',"route":"', jsonField(text), '","service":"'))
  const service = remembered((text: string) => flat(jsonField(text), '","upstream":"'))
  const upstream = remembered((text: string) => flat(jsonField(text), '","requestId":"'))
  const line = (e: AccessEntry): string =>
    opening(Math.floor(e.at)) +
    jsonField(e.client) +
    method(e.method) +
    jsonField(redact(cut(e.target, LONGEST_TARGET))) +
    version(e.version) +
    jsonField(cut(e.host, LONGEST_FIELD)) +
    status(e.status) +
    code(e.code) +
    whole(e.bytesIn) +
    ',"bytesOut":' +
    whole(e.bytesOut) +
    ',"ms":' +
    micros(e.ms) +
    ',"upstreamMs":' +
    micros(e.upstreamMs) +
    route(e.route) +
    service(e.service) +
    upstream(e.upstream) +
    jsonField(cut(e.requestId, LONGEST_FIELD)) +
    '","userAgent":"' +
    jsonField(cut(e.userAgent, LONGEST_FIELD)) +
    '","referer":"' +
    jsonField(redact(cut(e.referer, LONGEST_FIELD))) +
    '","consumer":"' +
    jsonField(cut(e.consumer, LONGEST_FIELD)) +
    (e.traceId === '' ? '"} ' : `","traceId":"${e.traceId}"} `)
  const withBranches = (plain: string, branches: readonly BranchFare[]): string =>
    `${plain.slice(0, -'} '.length)},"branches":{${branches.map(jsonFare).join()}}} `
  return { line, withBranches, harmless: harmlessInJson }
}

/** The format of Apache and nginx, which every log reader knows. */
export const combinedLine = (redact: (url: string) => string): LineFormat => {
  const time = clfTimestamp()
  const line = (e: AccessEntry): string =>
    `${bareField(e.client)} - ${bareField(cut(e.consumer, LONGEST_FIELD))} [${time(e.at)}] "${bareField(e.method)} ${bareField(redact(cut(e.target, LONGEST_TARGET)))}` +
    ` ${protocol(e.version)}" ${whole(e.status)} ${whole(e.bytesOut)}` +
    ` "${quotedField(redact(cut(e.referer, LONGEST_FIELD)))}" "${quotedField(cut(e.userAgent, LONGEST_FIELD))}" `
  const withBranches = (plain: string, branches: readonly BranchFare[]): string =>
    `${plain}"${branches.length === 0 ? '-' : branches.map(shortFare).join(' ')}" `
  return { line, withBranches, harmless: harmlessField }
}

/** Names are as long as whoever wrote the configuration likes. */
const LONGEST_NAME = 128

/** As `_meta` of an answer has it, and which target it was. */
const jsonFare = ({ name, status, reason, ms, httpStatus, upstream }: BranchFare): string => {
  const why = reason === '' ? '' : `,"reason":"${jsonField(reason)}"`
  const answered = httpStatus === 0 ? '' : `,"httpStatus":${whole(httpStatus)}`
  const target = upstream === '' ? '' : `,"upstream":"${jsonField(upstream)}"`
  return `"${jsonField(cut(name, LONGEST_NAME))}":{"status":"${jsonField(status)}"${why},"ms":${micros(ms)}${answered}${target}}`
}

/** `orders=timeout:500`, `ads=status/503:12`, `cart=fallback-connect:3`. */
const shortFare = ({ name, status, reason, ms, httpStatus }: BranchFare): string => {
  const what = `${status.replace(' ', '-')}${reason === '' ? '' : `-${reason}`}${httpStatus === 0 ? '' : `/${whole(httpStatus)}`}`
  return `${bareField(cut(name, LONGEST_NAME))}=${what}:${Math.round(whole(ms))}`
}

/** Empty when the request line was not understood. */
const protocol = (version: string): string =>
  bareField(version === '' || version.startsWith('HTTP/') ? version : `HTTP/${version}`)

/** One piece of memory; what `+` gives is put together again for each line it is part of. */
const flat = (...parts: readonly string[]): string => parts.join('')

const cut = (text: string, longest: number): string => (text.length <= longest ? text : `${text.slice(0, longest)}...`)

const whole = (n: number): number => (Number.isFinite(n) ? n : 0)

/** Milliseconds to the microsecond. Printing a fraction digit by digit costs V8 more than the rest of the line. */
const micros = (ms: number): string => {
  const us = ms > 0 && ms < 1e9 ? Math.round(ms * 1000) : 0
  const full = Math.floor(us / 1000)
  return `${full}${decimals(us - full * 1000)}`
}
