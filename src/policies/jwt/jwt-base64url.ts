const ALPHABET = /^[A-Za-z0-9_-]*$/
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * The bytes of a base64url text (RFC 7515 §2) that has exactly one way to be written: no padding, no white space, no
 * other alphabet, and the bits that stand for nothing are 0. Null when it is not such a text: `Buffer` takes
 * all of those, and then one signature has many spellings.
 */
export const decodeBase64url = (text: string): Buffer | null =>
  ALPHABET.test(text) && hasCanonicalEnd(text) ? Buffer.from(text, 'base64url') : null

const hasCanonicalEnd = (text: string): boolean => {
  const over = text.length % 4
  if (over === 0) return true
  if (over === 1) return false
  const unused = over === 2 ? 0b1111 : 0b11
  return (DIGITS.indexOf(text[text.length - 1]!) & unused) === 0
}
