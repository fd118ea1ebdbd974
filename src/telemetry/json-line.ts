import type { BranchFare } from '../core/exchange.ts'
import type { AccessEntry } from '../core/serving.ts'
import { jsonText } from './escape.ts'
import { cut, type LineFormat, LONGEST_FIELD, LONGEST_NAME, LONGEST_TARGET, microsOf, whole } from './line-format.ts'
import { type LineRoom, pieceOf } from './line-room.ts'
import { byStatus, lastOf, remembered } from './remembered.ts'
import { isoSecond } from './timestamp.ts'

/**
 * Keys are those of `AccessEntry`, with `time` for `at`; every line has all of them, in this order. Values of which there are
 * few are remembered together with the keys around them. The others are nearly always plain; only where they are not is each one
 * escaped.
 */
export const jsonLine = (room: LineRoom, redact: (url: string) => string): LineFormat => {
  const opening = lastOf(second => pieceOf(`{"time":"${isoSecond(second)}`))
  const method = remembered(text => pieceOf(`","method":"${jsonText(text)}","target":"`))
  const version = remembered(text => pieceOf(`","version":"${jsonText(text)}","host":"`))
  const success = byStatus(status => pieceOf(`","status":${status},"code":"","bytesIn":0,"bytesOut":`))
  const route = remembered(text => pieceOf(`,"route":"${jsonText(text)}","service":"`))
  const upstreams = remembered(service =>
    remembered(text => pieceOf(`${jsonText(service)}","upstream":"${jsonText(text)}","requestId":"`)),
  )

  const put = (
    e: AccessEntry,
    areEscaped: boolean,
    client: string,
    target: string,
    host: string,
    requestId: string,
    userAgent: string,
    referer: string,
    consumer: string,
  ): void => {
    const arePlain = room.hold(client + target + host + requestId + userAgent + referer + consumer)
    if (!arePlain && !areEscaped) {
      return put(
        e,
        true,
        jsonText(client),
        jsonText(target),
        jsonText(host),
        jsonText(requestId),
        jsonText(userAgent),
        jsonText(referer),
        jsonText(consumer),
      )
    }
    const at = Math.floor(e.at)
    const second = Math.floor(at / 1000)
    room.piece(opening(second))
    room.thousandths(at - second * 1000)
    room.piece(CLIENT)
    room.value(client)
    room.piece(method(e.method))
    room.value(target)
    room.piece(version(e.version))
    room.value(host)
    if (e.code === '' && e.bytesIn === 0) room.piece(success(e.status))
    else room.text(outcome(e))
    room.number(e.bytesOut)
    room.piece(MS)
    room.micros(microsOf(e.ms))
    room.piece(UPSTREAM_MS)
    room.micros(microsOf(e.upstreamMs))
    room.piece(route(e.route))
    room.piece(upstreams(e.service)(e.upstream))
    room.value(requestId)
    room.piece(USER_AGENT)
    room.value(userAgent)
    room.piece(REFERER)
    room.value(referer)
    room.piece(CONSUMER)
    room.value(consumer)
    if (e.traceId !== '') room.text(`","traceId":"${e.traceId}`)
    room.piece(END)
  }

  return {
    write(e) {
      put(
        e,
        false,
        e.client,
        redact(cut(e.target, LONGEST_TARGET)),
        cut(e.host, LONGEST_FIELD),
        cut(e.requestId, LONGEST_FIELD),
        cut(e.userAgent, LONGEST_FIELD),
        redact(cut(e.referer, LONGEST_FIELD)),
        cut(e.consumer, LONGEST_FIELD),
      )
    },
    writeBranches(branches) {
      room.back('}\n'.length)
      room.text(`,"branches":{${branches.map(fare).join()}}}\n`)
    },
  }
}

const CLIENT = pieceOf('Z","client":"')
const MS = pieceOf(',"ms":')
const UPSTREAM_MS = pieceOf(',"upstreamMs":')
const USER_AGENT = pieceOf('","userAgent":"')
const REFERER = pieceOf('","referer":"')
const CONSUMER = pieceOf('","consumer":"')
const END = pieceOf('"}\n')

const outcome = ({ status, code, bytesIn }: AccessEntry): string =>
  `","status":${whole(status)},"code":"${jsonText(code)}","bytesIn":${whole(bytesIn)},"bytesOut":`

/** As `_meta` of an answer has it, and which target it was. */
const fare = ({ name, status, reason, ms, httpStatus, upstream }: BranchFare): string => {
  const why = reason === '' ? '' : `,"reason":"${jsonText(reason)}"`
  const answered = httpStatus === 0 ? '' : `,"httpStatus":${whole(httpStatus)}`
  const target = upstream === '' ? '' : `,"upstream":"${jsonText(upstream)}"`
  const took = (microsOf(ms) / 1000).toFixed(3)
  return `"${jsonText(cut(name, LONGEST_NAME))}":{"status":"${jsonText(status)}"${why},"ms":${took}${answered}${target}}`
}
