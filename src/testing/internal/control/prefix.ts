/** Where the control API is. */
export const prefix = "/control"

export const isControl = (path: string): boolean => path === prefix || path.startsWith(`${prefix}/`)
