import type { AccessEntry } from '../core/serving.ts'
import { bareField, jsonText, quotedField, rememberedJsonText } from './escape.ts'
import { clfTimestamp, isoTimestamp, threeDigits } from './timestamp.ts'

/** One finished request as one line, its newline included. */
export type LineFormat = (entry: AccessEntry) => string

/** Fields that the gateway does not bound itself: a client must not choose how long a line gets. */
const LONGEST_TARGET = 8192
const LONGEST_FIELD = 1024

/** Keys are those of `AccessEntry`, with `time` for `at`; every line has all of them, in this order. */
export const jsonLine = (redact: (url: string) => string): LineFormat => {
  const time = isoTimestamp()
  const ours = rememberedJsonText()
  return e =>
    `{"time":"${time(e.at)}","client":"${jsonText(e.client)}","method":"${jsonText(e.method)}` +
    `","target":"${jsonText(redact(cut(e.target, LONGEST_TARGET)))}","version":"${jsonText(e.version)}` +
    `","host":"${jsonText(cut(e.host, LONGEST_FIELD))}","status":${whole(e.status)},"code":"${ours(e.code)}` +
    `","bytesIn":${whole(e.bytesIn)},"bytesOut":${whole(e.bytesOut)},"ms":${micros(e.ms)}` +
    `,"upstreamMs":${micros(e.upstreamMs)},"route":"${ours(e.route)}","service":"${ours(e.service)}` +
    `","upstream":"${ours(e.upstream)}","requestId":"${jsonText(cut(e.requestId, LONGEST_FIELD))}` +
    `","userAgent":"${jsonText(cut(e.userAgent, LONGEST_FIELD))}` +
    `","referer":"${jsonText(redact(cut(e.referer, LONGEST_FIELD)))}` +
    `","consumer":"${jsonText(cut(e.consumer, LONGEST_FIELD))}"}\n`
}

/** The format of Apache and nginx, which every log reader knows. */
export const combinedLine = (redact: (url: string) => string): LineFormat => {
  const time = clfTimestamp()
  return e =>
    `${bareField(e.client)} - ${bareField(cut(e.consumer, LONGEST_FIELD))} [${time(e.at)}] "${bareField(e.method)} ${bareField(redact(cut(e.target, LONGEST_TARGET)))}` +
    ` ${protocol(e.version)}" ${whole(e.status)} ${whole(e.bytesOut)}` +
    ` "${quotedField(redact(cut(e.referer, LONGEST_FIELD)))}" "${quotedField(cut(e.userAgent, LONGEST_FIELD))}"\n`
}

/** Empty when the request line was not understood. */
const protocol = (version: string): string =>
  bareField(version === '' || version.startsWith('HTTP/') ? version : `HTTP/${version}`)

const cut = (text: string, longest: number): string => (text.length <= longest ? text : `${text.slice(0, longest)}...`)

const whole = (n: number): number => (Number.isFinite(n) ? n : 0)

/** Milliseconds to the microsecond. Printing a fraction digit by digit costs V8 more than the rest of the line. */
const micros = (ms: number): string => {
  const us = ms > 0 && ms < 1e9 ? Math.round(ms * 1000) : 0
  const full = Math.floor(us / 1000)
  return `${full}.${threeDigits(us - full * 1000)}`
}
