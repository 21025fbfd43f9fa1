// Package desk is the kernel that every tree of the desk shares: errors with a
// code, who acts, facts that happened, work that must follow, and pages of a
// list. It imports the standard library only and knows no tree, no database
// and no platform.
package desk
