// Package index keeps the full-text index of the library in Bleve, its only
// user. The index proposes entries for a question; what is shown is decided by
// package faq from the store's rows, so an index that lags can hide a new entry
// for a moment but never show one that may not be shown.
//
// Everything here is derived data: a folder that is missing, damaged or made by
// other rules is made anew from the store. Terms come from faq/text, one
// document a wording, so that an entry is as good as its best wording.
//
// Proposals are ordered by BM25 over characters, words and pairs, added up over
// Bleve's postings under a budget; faq compares again what was proposed.
package index
