import type { BranchFare } from '../core/exchange.ts'
import type { AccessEntry } from '../core/serving.ts'
import { fieldText } from './escape.ts'
import { cut, type LineFormat, LONGEST_FIELD, LONGEST_NAME, LONGEST_TARGET, whole } from './line-format.ts'
import { type LineRoom, pieceOf } from './line-room.ts'
import { lastOf, remembered } from './remembered.ts'
import { clfSecond } from './timestamp.ts'

/** The format of Apache and nginx, which every log reader knows. */
export const combinedLine = (room: LineRoom, redact: (url: string) => string): LineFormat => {
  const time = lastOf(second => pieceOf(` [${clfSecond(second)}] "`))
  const method = remembered(text => pieceOf(`${bareText(given(text))} `))
  const version = remembered(text => pieceOf(` ${bareText(given(protocol(text)))}" `))

  const put = (
    e: AccessEntry,
    areEscaped: boolean,
    client: string,
    consumer: string,
    target: string,
    referer: string,
    userAgent: string,
  ): void => {
    const areBare = !client.includes(' ') && !consumer.includes(' ') && !target.includes(' ')
    const arePlain = room.hold(client + consumer + target + referer + userAgent)
    if (!(areBare && arePlain) && !areEscaped) {
      return put(
        e,
        true,
        bareText(client),
        bareText(consumer),
        bareText(target),
        fieldText(referer),
        fieldText(userAgent),
      )
    }
    room.value(client)
    room.piece(DASH)
    room.value(consumer)
    room.piece(time(Math.floor(e.at / 1000)))
    room.piece(method(e.method))
    room.value(target)
    room.piece(version(e.version))
    room.number(e.status)
    room.piece(SPACE)
    room.number(e.bytesOut)
    room.piece(QUOTED)
    room.value(referer)
    room.piece(QUOTED_NEXT)
    room.value(userAgent)
    room.piece(END)
  }

  return {
    write(e) {
      put(
        e,
        false,
        given(e.client),
        given(cut(e.consumer, LONGEST_FIELD)),
        given(redact(cut(e.target, LONGEST_TARGET))),
        given(redact(cut(e.referer, LONGEST_FIELD))),
        given(cut(e.userAgent, LONGEST_FIELD)),
      )
    },
    writeBranches(branches) {
      room.back('\n'.length)
      room.text(` "${branches.length === 0 ? '-' : branches.map(fare).join(' ')}"\n`)
    },
  }
}

const DASH = pieceOf(' - ')
const SPACE = pieceOf(' ')
const QUOTED = pieceOf(' "')
const QUOTED_NEXT = pieceOf('" "')
const END = pieceOf('"\n')

const given = (text: string): string => (text === '' ? '-' : text)

/** A field that ends at the next space. */
const bareText = (text: string): string => fieldText(text).replaceAll(' ', '\\x20')

/** Empty when the request line was not understood. */
const protocol = (version: string): string =>
  version === '' || version.startsWith('HTTP/') ? version : `HTTP/${version}`

/** `orders=timeout:500`, `ads=status/503:12`, `cart=fallback-connect:3`. */
const fare = ({ name, status, reason, ms, httpStatus }: BranchFare): string => {
  const what = `${status.replace(' ', '-')}${reason === '' ? '' : `-${reason}`}${httpStatus === 0 ? '' : `/${whole(httpStatus)}`}`
  return `${bareText(given(cut(name, LONGEST_NAME)))}=${what}:${Math.round(whole(ms))}`
}
