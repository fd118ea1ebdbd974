/**
 * Text as the value of a header field: UTF-8, one character a byte. Undefined for what the service could not read as it
 * was: with control characters blanked, or spaces around it, which every server takes away, one user's name would be
 * that of another.
 */
export const fieldValue = (text: string): string | undefined =>
  CONTROL.test(text) || text.trim() !== text || !text.isWellFormed()
    ? undefined
    : Buffer.from(text, 'utf8').toString('latin1')

const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/
