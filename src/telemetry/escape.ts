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

const FIELD_UNSAFE = /["\\\u0000-\u001f\u007f-\uffff]/g

/** The inside of a quoted field of the combined format, escaped as nginx does: `\xHH` per byte. */
export const fieldText = (text: string): string => text.replace(FIELD_UNSAFE, hexEscape)

const hexEscape = (char: string): string => {
  const code = char.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).toUpperCase().padStart(2, '0')}` : codePoint(char)
}
