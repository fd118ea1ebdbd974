/**
 * Text as the value of a header field: UTF-8, one character a byte. What a server would drop or cut at is
 * percent-encoded: with controls blanked, or spaces around it, one user's name would be read as that of another.
 */
export const fieldValue = (text: string): string =>
  Buffer.from(text.replace(text.trim() === text ? CONTROL : CONTROL_OR_SPACE, encodeURIComponent)).toString('latin1')

const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/g
const CONTROL_OR_SPACE = /[\s\x00-\x1f\x7f]/g
