/** Byte classes of RFC 9110 §5.5–5.6 and RFC 9112 §3, as tables: one load a byte on the hot path. */

export const CR = 13
export const LF = 10
export const SP = 32
export const HTAB = 9
export const COLON = 58

const TOKEN_EXTRA = "!#$%&'*+-.^_`|~"

/** `tchar` → its lower-case code, anything else → 0. */
export const TOKEN_LOWER = new Uint8Array(256)
/** 1 for bytes that end or break a field value: controls but HTAB, and DEL. `obs-text` (0x80–0xff) is data. */
export const VALUE_STOP = new Uint8Array(256)
/** Value of a hexadecimal digit, 255 for anything else. */
export const HEX = new Uint8Array(256).fill(255)

for (let c = 0; c < 256; c++) {
  const char = String.fromCharCode(c)
  if (/[0-9A-Za-z]/.test(char) || (c < 128 && TOKEN_EXTRA.includes(char))) {
    TOKEN_LOWER[c] = char.toLowerCase().charCodeAt(0)
  }
  if ((c < 32 && c !== HTAB) || c === 127) VALUE_STOP[c] = 1
  if (/[0-9A-Fa-f]/.test(char)) HEX[c] = Number.parseInt(char, 16)
}
