package faqdb_test

import (
	"testing"

	"replydesk/app/store/faqdb"
	"replydesk/app/store/storetest"
	"replydesk/faq"
	"replydesk/faq/faqtest"
)

func TestStore(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url, _ string) {
		postgres := url != ""
		faqtest.ExerciseStore(t, func(t *testing.T) faq.Store {
			if postgres {
				return faqdb.New(storetest.Open(t, storetest.PostgresURL(t), t.TempDir()))
			}
			return faqdb.New(storetest.Open(t, "", t.TempDir()))
		})
	})
}
