/**
 * What configurations may import of this package: that of the gateway which runs them, wherever they lie and whatever is
 * installed beside them. `self`: where `sallyport` is. Undefined: it is something else.
 */
export const ownModule = (specifier: string, self: string): string | undefined => {
  if (specifier === 'sallyport') return self
  return specifier === 'sallyport/plugin' ? self.replace(/index(\.[jt]s)$/, 'plugin$1') : undefined
}
