// Package check finds in a text what must be seen before it leaves, or at once
// when it comes in: words of the desk's lists, personal data, empty phrases,
// broken links, another account's name, too much length, what nobody filled in. It is pure: no I/O,
// no clock, nothing global; what a check must know comes in with its Scene. What
// follows from a finding is the inbox's to decide.
//
// Words are found in a folded copy of the text: full width and case do not
// matter, traditional characters count as simplified, and what stands between
// two characters (spaces, signs, characters without width) is passed over, up to
// three signs and never over the end of a line or sentence. A word of Latin
// letters must stand alone, not inside a longer one.
//
// Pinyin is looked for where it is safe: words of three Chinese characters or
// more whose pinyin without tones has nine letters or more, standing alone. A
// shorter one means too many other words (zisha is 自杀 and the clay of a
// teapot); who wants it adds it to the list as a word of its own.
package check
