import type { ErrorCode } from '../base/errors.ts'
import { BAD_VERSION, TARGET_TOO_LONG, TOO_LARGE } from '../http1/head.ts'

/** Why a head that cannot be read is refused; `why` is what its parser returned. */
export const codeOf = (why: number): ErrorCode => {
  if (why === TOO_LARGE) return 'HEAD_TOO_LARGE'
  if (why === TARGET_TOO_LONG) return 'URI_TOO_LONG'
  return why === BAD_VERSION ? 'HTTP_VERSION' : 'BAD_REQUEST'
}
