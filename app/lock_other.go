//go:build !unix

package app

// lockFolder does nothing where the system has no advisory locks; running two
// desks on one data folder is then the administrator's to avoid.
func lockFolder(string) (unlock func(), err error) { return func() {}, nil }
