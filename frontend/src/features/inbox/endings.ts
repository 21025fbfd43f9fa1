/** The reasons tickets usually end for without an answer, by their names in the texts. */
export const usualReasons = {
  close: ['phone', 'elsewhere', 'withdrawn'],
  ignore: ['spam', 'thanks', 'duplicate', 'outside'],
} as const
