type Jose = Pick<typeof import('jose/key/import'), 'importJWK'> &
  Pick<typeof import('jose/jws/compact/verify'), 'compactVerify'>

let loading: Promise<Jose> | undefined

/**
 * The library that checks signatures, once somebody wants one checked: it takes 10 ms and, with the WebCrypto it stands
 * on, 6 MB in each thread, which a gateway without tokens need not pay.
 */
export const loadJose = (): Promise<Jose> => {
  loading ??= load()
  return loading
}

const load = async (): Promise<Jose> => {
  const [{ importJWK }, { compactVerify }] = await Promise.all([
    import('jose/key/import'),
    import('jose/jws/compact/verify'),
  ])
  return { importJWK, compactVerify }
}
