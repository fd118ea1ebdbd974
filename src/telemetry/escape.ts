/**
 * Escaping for logs. Values come from strangers: none may end a line or a field, nor send control codes to the terminal
 * of whoever reads it.
 */

const JSON_UNSAFE = /["\\\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/
/** Valid in JSON, but not harmless in a terminal or in scripts that split lines. */
const JSON_LEFT_OVER = /[\u007f-\u009f\u2028\u2029]/g

/**
 * The inside of a JSON string. Nearly all values need no escaping and are returned as they are: a scan is cheaper than
 * a copy, and quotes added here would be two more strings for each of a line's fields.
 */
export const jsonText = (text: string): string =>
  JSON_UNSAFE.test(text) ? harmlessJson(JSON.stringify(text)).slice(1, -1) : text

export const jsonString = (text: string): string => `"${jsonText(text)}"`

/** The same JSON with what `JSON.stringify` lets through escaped too. */
export const harmlessJson = (json: string): string => json.replace(JSON_LEFT_OVER, codePoint)

const codePoint = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * `jsonText` that remembers: for strings that come from the configuration, such as route names, few and always the same. Not for
 * what clients send, which would fill it and keep whole request heads alive.
 */
export const rememberedJsonText = (): ((text: string) => string) => {
  const known = new Map<string, string>()
  return text => {
    let json = known.get(text)
    if (json === undefined) {
      if (known.size >= REMEMBERED) known.clear()
      json = jsonText(text)
      known.set(text, json)
    }
    return json
  }
}

/** More than any configuration has in use at once; reloads may bring new ones. */
const REMEMBERED = 20_000

const FIELD_UNSAFE = /["\\\u0000-\u001f\u007f-\uffff]/
const FIELD_ESCAPES = /["\\\u0000-\u001f\u007f-\uffff]/g

/** The inside of a quoted field of the combined format, escaped as nginx does: `\xHH` per byte. */
export const quotedField = (text: string): string =>
  text === '' ? '-' : FIELD_UNSAFE.test(text) ? text.replace(FIELD_ESCAPES, hexEscape) : text

/** A field that ends at the next space. */
export const bareField = (text: string): string => quotedField(text).replaceAll(' ', '\\x20')

const hexEscape = (char: string): string => {
  const code = char.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).toUpperCase().padStart(2, '0')}` : codePoint(char)
}
