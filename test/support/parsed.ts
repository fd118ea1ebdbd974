/** What a parser made of a stream of bytes, in a form that two parsers can be compared in. */
export interface ParsedMessage {
  readonly start: string
  /** `name: value`, values without surrounding white space. */
  readonly fields: string[]
  body: string
  readonly trailers: string[]
  keepAlive: boolean
  upgrade: boolean
  complete: boolean
}

export interface Parsed {
  readonly messages: ParsedMessage[]
  /** `error`: refused; `more`: waits for bytes; `closed`: an accepted message was the last; `upgrade`: HTTP ends. */
  end: 'error' | 'more' | 'closed' | 'upgrade'
  reason: string
}

export const trimmed = (value: string): string => value.replace(/^[ \t]+|[ \t]+$/g, '')
