package logging

import (
	"strings"
	"unicode"
)

// The words below are compared with the parts of an attribute's name:
// "encodingAESKey", "X-Desk-CSRF" and "app_secret" are read as words.

// secretWords hide the value wherever they stand in the name.
var secretWords = set("password", "passwd", "pwd", "passphrase", "secret", "secrets", "token", "authorization",
	"cookie", "cookies", "credential", "credentials", "csrf", "totp", "otp", "apikey", "aeskey", "openid", "unionid",
	"touser", "fromuser", "tousername", "fromusername")

// secretPairs are two words that only hide the value side by side.
var secretPairs = set("api_key", "aes_key", "app_key", "access_key", "private_key", "session_key", "signing_key",
	"encryption_key", "master_key", "client_key", "open_id", "union_id", "to_user", "from_user", "id_card", "id_number")

// contentWords hide the value at the end of the name: what people wrote, and who they are.
var contentWords = set("text", "content", "body", "payload", "message", "subject", "question", "answer", "query", "q",
	"snippet", "excerpt", "html", "xml", "raw", "nickname", "phone", "mobile", "email", "contact", "idcard")

// plainEnds make a name with a secret word harmless: token_id, cookie_name.
var plainEnds = set("id", "ids", "count", "type", "length", "size", "bytes", "name", "at", "age", "ttl", "expires", "expiry")

func set(words ...string) map[string]bool {
	m := make(map[string]bool, len(words))
	for _, w := range words {
		m[w] = true
	}
	return m
}

// sensitive reports whether the values under this name stay out of the log.
func sensitive(name string) bool {
	name = snake(name)
	secret := false
	previous, begin := -1, 0 // where the last two words begin
	for end := 0; end <= len(name); end++ {
		if end < len(name) && name[end] != '_' {
			continue
		}
		if previous >= 0 && secretPairs[name[previous:end]] {
			return true
		}
		secret = secret || secretWords[name[begin:end]]
		previous, begin = begin, end+1
	}
	last := name[previous:]
	return contentWords[last] || secret && !plainEnds[last]
}

// snake writes AppSecret, appSecret, App-Secret and app.secret as app_secret. A
// name that is written so already costs nothing.
func snake(name string) string {
	if strings.IndexFunc(name, func(r rune) bool { return r != '_' && !unicode.IsLower(r) && !unicode.IsDigit(r) }) < 0 {
		return name
	}
	letters := []rune(name)
	var b strings.Builder
	for i, r := range letters {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteByte('_')
			continue
		case unicode.IsUpper(r) && i > 0 && wordBegins(letters, i):
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// wordBegins reports whether the capital at i begins a word: after a small letter
// (appSecret) or before one (AESKey).
func wordBegins(letters []rune, i int) bool {
	before := letters[i-1]
	return unicode.IsLower(before) || unicode.IsDigit(before) ||
		unicode.IsUpper(before) && i+1 < len(letters) && unicode.IsLower(letters[i+1])
}
