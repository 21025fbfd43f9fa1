/** Below this confidence a suggestion is a hint at best. */
export const weak = 0.3
