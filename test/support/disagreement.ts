import type { Parsed, ParsedMessage } from './parsed.ts'

/** node:http's server, not its parser, asks for exactly one thing more. */
const lacksHost = (message: ParsedMessage): boolean =>
  message.start.endsWith(' 1.1') && !message.fields.some(field => /^host:/i.test(field))

/** What is wrong with `ours`, given what node made of the same bytes; undefined when all is well. */
export const disagreement = (ours: Parsed, node: Parsed): string | undefined => {
  for (let i = 0; i < ours.messages.length; i++) {
    const mine = ours.messages[i]!
    const theirs = node.messages[i]
    if (theirs === undefined) {
      // node obeys `Connection` in trailers; for us trailers never decide anything (RFC 9110 §6.5.1).
      if (node.end === 'closed' && node.messages.at(-1)!.trailers.some(field => /^connection:/i.test(field)))
        return undefined
      return node.end === 'error'
        ? `message ${i} accepted, node refused: ${node.reason}`
        : `message ${i} is not one for node (${node.end})`
    }
    if (mine.start !== theirs.start) return `message ${i}: ${mine.start}, node ${theirs.start}`
    if (mine.keepAlive && !theirs.keepAlive) return `message ${i}: kept alive, node closes`
    if (mine.fields.join('\n') !== theirs.fields.join('\n')) return `message ${i}: other fields`
    if (lacksHost(mine)) return `message ${i}: no Host`
    // An upgrade is the server's business: node stops reading HTTP here.
    if (theirs.upgrade) return undefined
    if (mine.complete && !theirs.complete) {
      return `message ${i} taken as whole, node ${node.end === 'error' ? `refused: ${node.reason}` : 'waits for more'}`
    }
    if (mine.complete ? mine.body !== theirs.body : !sameStart(mine.body, theirs.body))
      return `message ${i}: other body`
    if (mine.complete && mine.trailers.join('\n') !== theirs.trailers.join('\n')) return `message ${i}: other trailers`
  }
  return undefined
}

const sameStart = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a)
