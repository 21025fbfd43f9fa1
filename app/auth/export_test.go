package auth

// Cheap makes the service's hashes fast, for tests that are not about them.
func Cheap(s *Service) { s.hasher.cost = cost{memory: 64, passes: 1, threads: 1} }
