/** A URL as it may be shown in logs and metrics: without credentials, query and fragment. Empty when it is none. */
export const urlLabel = (url: string): string => {
  if (!URL.canParse(url)) return ''
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
