package simulator

import (
	"fmt"
	"math/rand/v2"
	"net/http"
)

// The platform's error codes that the simulator answers with.
const (
	codeBusy         = -1
	codeBadToken     = 40001
	codeGrantType    = 40002
	codeOpenID       = 40003
	codeMediaType    = 40004
	codeMediaSize    = 40006
	codeMediaID      = 40007
	codeMessageType  = 40008
	codeAppID        = 40013
	codeURL          = 40066
	codeSecret       = 40125
	codeIP           = 40164
	codeNoToken      = 41001
	codeNoAppID      = 41002
	codeNoSecret     = 41004
	codeNoMedia      = 41005
	codeTokenExpired = 42001
	codeNeedGet      = 43001
	codeNeedPost     = 43002
	codeNoContent    = 44004
	codeTooLong      = 45002
	codeTooManyNews  = 45008
	codeDailyLimit   = 45009
	codeMinuteLimit  = 45011
	codeWindowOver   = 45015
	codeQuotaUsed    = 45047
	codeTyping       = 45072
	codeNoTyping     = 45080
	codeTypingNow    = 45081
	codeBadJSON      = 47001
	codeNotAllowed   = 48001
	codeCommentsOff  = 88000
	codeNoArticle    = 88001
	codeReplied      = 88005
	codeReplyLength  = 88007
	codeNoComment    = 88008
	codePageLength   = 88010
)

var errorTexts = map[int]string{
	codeBusy:         "system error",
	codeBadToken:     "invalid credential, access_token is invalid or not latest",
	codeGrantType:    "invalid grant_type",
	codeOpenID:       "invalid openid",
	codeMediaType:    "invalid media type",
	codeMediaSize:    "invalid media size",
	codeMediaID:      "invalid media_id",
	codeMessageType:  "invalid message type",
	codeAppID:        "invalid appid",
	codeURL:          "invalid url",
	codeSecret:       "invalid appsecret",
	codeNoToken:      "access_token missing",
	codeNoAppID:      "appid missing",
	codeNoSecret:     "appsecret missing",
	codeNoMedia:      "media data missing",
	codeTokenExpired: "access_token expired",
	codeNeedGet:      "require GET method",
	codeNeedPost:     "require POST method",
	codeNoContent:    "empty content",
	codeTooLong:      "content size out of limit",
	codeTooManyNews:  "article size out of limit",
	codeDailyLimit:   "reach max api daily quota limit",
	codeMinuteLimit:  "api minute-quota reach limit must slower retry next minute",
	codeWindowOver:   "response out of time limit or subscription is canceled",
	codeQuotaUsed:    "out of response count limit",
	codeTyping:       "command is invalid",
	codeNoTyping:     "client interface must be invoked in 30s after user's message",
	codeTypingNow:    "already in typing status",
	codeBadJSON:      "data format error",
	codeNotAllowed:   "api unauthorized",
	codeCommentsOff:  "without comment privilege",
	codeNoArticle:    "msg_data is not exists",
	codeReplied:      "already reply",
	codeReplyLength:  "reply content beyond max len or content len is zero",
	codeNoComment:    "comment is not exists",
	codePageLength:   "count range error",
}

// fail is an error answer: HTTP 200, the code, and a text that ends with a
// request id as the platform's do.
func fail(code int) reply { return failText(code, errorTexts[code]) }

func failText(code int, text string) reply {
	rid := fmt.Sprintf(" rid: %08x-%08x-%08x", rand.Uint32(), rand.Uint32(), rand.Uint32())
	answer := jsonReply(http.StatusOK, map[string]any{"errcode": code, "errmsg": text + rid})
	answer.code = code
	return answer
}
