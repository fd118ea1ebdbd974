import type { Json } from '../base/json.ts'
import { parseJson } from './json/parse.ts'
import { checkJson, type JsonFlaw, type JsonText } from './json/validate.ts'

/** The body of one answer: looked at once and parsed once at most, however many branches it is for. */
export class AnswerText {
  readonly size: number
  private readonly bytes: Buffer
  private checked: JsonText | JsonFlaw | null = null
  private parsed: Json | undefined = undefined

  constructor(bytes: Buffer) {
    this.bytes = bytes
    this.size = bytes.length
  }

  /** Null: it is not one JSON value within bounds. */
  get text(): Buffer | null {
    this.checked ??= checkJson(this.bytes, this.size)
    return typeof this.checked === 'string' ? null : this.checked.bytes
  }

  /** Only of one that has a text. */
  json(): Json {
    this.checked ??= checkJson(this.bytes, this.size)
    if (typeof this.checked === 'string') throw new Error(`not JSON: ${this.checked}`)
    this.parsed ??= parseJson(this.checked)
    return this.parsed
  }
}
