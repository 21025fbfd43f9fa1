package wechat

// TokenKey is where the token of an account is kept.
func TokenKey(appID, secret string) string { return tokenKey(appID, secret) }
