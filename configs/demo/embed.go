// Package demo holds the demo data of a fictional city; README.md describes
// the files.
package demo

import "embed"

// Files are the data files.
//
//go:embed *.json *.jsonl
var Files embed.FS
