import type { Json } from '../../base/json.ts'
import { put } from './object.ts'
import type { JsonText } from './validate.ts'
import { numberOf } from './wide.ts'

/**
 * The value of a text that was checked (`checkJson`), whose depth is therefore bounded. A member called `__proto__`
 * becomes a member like any other; whoever copies members keeps it one with `put`.
 *
 * An integer beyond 2^53 is kept as written (wide.ts): it is no `number`, and `digitsOf` gives its digits.
 */
export const parseJson = ({ bytes, wide }: JsonText): Json => {
  const text = bytes.toString('utf8')
  return wide ? new WideParser(text).value() : JSON.parse(text)
}

/**
 * Only for texts with such numbers: twice the time of JSON.parse, whose reviver would take four times
 * (bench/micro/compose-json.ts). The text is valid, so nothing is looked at that cannot be otherwise.
 */
class WideParser {
  private readonly text: string
  private at = 0

  constructor(text: string) {
    this.text = text
  }

  value(): Json {
    switch (this.next()) {
      case '{':
        return this.object()
      case '[':
        return this.list()
      case '"':
        return this.string()
      case 't':
        return this.word(true, 4)
      case 'f':
        return this.word(false, 5)
      case 'n':
        return this.word(null, 4)
      default:
        return this.number()
    }
  }

  private object(): Json {
    const object: { [name: string]: Json } = {}
    this.at++
    while (this.next() !== '}') {
      const name = this.string()
      this.next()
      this.at++
      put(object, name, this.value())
      if (this.next() === ',') this.at++
    }
    this.at++
    return object
  }

  private list(): Json {
    const list: Json[] = []
    this.at++
    while (this.next() !== ']') {
      list.push(this.value())
      if (this.next() === ',') this.at++
    }
    this.at++
    return list
  }

  private string(): string {
    const start = this.next() === '"' ? this.at++ : this.at
    let escaped = false
    for (let char = this.text[this.at]; char !== '"'; char = this.text[++this.at]) {
      if (char !== '\\') continue
      escaped = true
      this.at++
    }
    this.at++
    return escaped ? JSON.parse(this.text.slice(start, this.at)) : this.text.slice(start + 1, this.at - 1)
  }

  private number(): Json {
    NUMBER.lastIndex = this.at
    const text = NUMBER.exec(this.text)?.[0] ?? ''
    this.at += text.length
    return numberOf(text)
  }

  private word(value: boolean | null, length: number): Json {
    this.at += length
    return value
  }

  /** What comes after white space. */
  private next(): string {
    let char = this.text.charAt(this.at)
    while (char !== '' && char <= ' ') char = this.text.charAt(++this.at)
    return char
  }
}

const NUMBER = /[-+.eE\d]*/y
