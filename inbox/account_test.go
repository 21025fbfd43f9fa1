package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"replydesk/app/seal"
	"replydesk/app/store"
	"replydesk/app/store/inboxdb"
	"replydesk/app/store/inboxdb/inboxdbtest"
	"replydesk/app/store/storetest"
	"replydesk/inbox"
	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
	"replydesk/inbox/inboxtest"
)

// office is the accounts page on a real store with sealed settings.
type office struct {
	*inbox.Accounts
	d        *inboxtest.Desk
	registry *channel.Registry
	admin    desk.Actor
}

func eachOffice(t *testing.T, c inboxtest.Channel, fn func(t *testing.T, o *office)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		db.Rehearse()
		box, err := seal.New([]byte(strings.Repeat("k", seal.KeySize)))
		must(t, err)
		d := inboxtest.New(t, inboxdbtest.New(db))
		accounts := inboxdb.NewAccounts(db, box)
		registry := channel.NewRegistry(accounts, d.Now, inboxtest.NewPlatform(c))
		fn(t, &office{inbox.NewAccounts(accounts, registry, inboxtest.BotSettings{}, d.Now), d, registry, d.User(t, desk.Admin, "管理员")})
	})
}

func ptr[T any](v T) *T { return &v }

func (o *office) create(t *testing.T, name string) inbox.Account {
	t.Helper()
	all, err := o.Accounts.Accounts(t.Context(), o.admin)
	must(t, err)
	a, err := o.CreateAccount(t.Context(), o.admin, inbox.AccountInput{
		Platform: ptr(inboxtest.PlatformName), Name: &name, Settings: map[string]any{"app_id": fmt.Sprint("wx", len(all)+1), "app_secret": "not-a-real-secret"},
	})
	must(t, err)
	return a
}

// One account of a platform stands on the desk once, however many connect it at
// the same time; otherwise both would answer its citizens.
func TestAccountStandsOnce(t *testing.T) {
	eachOffice(t, inboxtest.Channel{}, func(t *testing.T, o *office) {
		ctx := t.Context()
		connect := func(appID string) error {
			_, err := o.CreateAccount(ctx, o.admin, inbox.AccountInput{
				Platform: ptr(inboxtest.PlatformName), Name: ptr("市政务"), Settings: map[string]any{"app_id": appID},
			})
			return err
		}
		isTaken := func(err error) bool {
			var told *desk.Error
			return errors.As(err, &told) && told.Code == desk.Conflict && told.Reason == "account_taken" && told.Fields[0].Name == "settings.app_id"
		}
		const callers = 8
		errs := make([]error, callers)
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() { errs[i] = connect("wx1") })
		}
		wg.Wait()
		connected := 0
		for _, err := range errs {
			switch {
			case err == nil:
				connected++
			case !isTaken(err):
				t.Errorf("got %v, want Conflict about settings.app_id", err)
			}
		}
		if connected != 1 {
			t.Errorf("connected %d times, want once", connected)
		}
		must(t, connect("wx2"))
		all, err := o.Accounts.Accounts(ctx, o.admin)
		must(t, err)
		if len(all) != 2 {
			t.Fatalf("%d accounts, want 2", len(all))
		}
		_, err = o.UpdateAccount(ctx, o.admin, all[1].ID, inbox.AccountInput{Settings: map[string]any{"app_id": "wx1"}})
		if !isTaken(err) {
			t.Errorf("another's app_id: %v, want Conflict", err)
		}
		_, err = o.UpdateAccount(ctx, o.admin, all[1].ID, inbox.AccountInput{Name: ptr("改名")})
		must(t, err)
	})
}

func TestAccountKeepsItsSecrets(t *testing.T) {
	eachOffice(t, inboxtest.Channel{}, func(t *testing.T, o *office) {
		ctx := t.Context()
		a := o.create(t, " 市政务 ")
		if a.ID == 0 || a.Name != "市政务" || !a.Enabled || a.BotEnabled || a.Settings["app_id"] != "wx1" || a.Settings["app_secret_set"] != true {
			t.Errorf("created account %+v", a)
		}
		if _, shown := a.Settings["app_secret"]; shown {
			t.Error("the secret is shown")
		}
		for _, line := range o.d.Dump(t) {
			if strings.Contains(line, "not-a-real-secret") || strings.Contains(line, "wx1") {
				t.Errorf("settings lie readable in the database: %s", line)
			}
		}
		events := o.d.Events(t, 0)
		if len(events) != 1 || events[0].Name != inbox.AccountChanged || events[0].AccountID != a.ID || events[0].Audience != desk.ReadAccounts {
			t.Errorf("events = %+v", events)
		}
		secret := func() any {
			t.Helper()
			_, opened, err := o.registry.Channel(ctx, a.ID)
			must(t, err)
			return string(opened.Settings)
		}
		before := secret()
		for _, tt := range []struct {
			name  string
			in    inbox.AccountInput
			wants func(got inbox.Account) bool
		}{
			{"an empty secret stays", inbox.AccountInput{Settings: map[string]any{"app_secret": ""}},
				func(got inbox.Account) bool { return got.Settings["app_secret_set"] == true && secret() == before }},
			{"an absent one stays", inbox.AccountInput{Settings: map[string]any{"mode": "safe"}},
				func(got inbox.Account) bool {
					return got.Settings["app_secret_set"] == true && got.Settings["mode"] == "safe"
				}},
			{"a name alone", inbox.AccountInput{Name: ptr("新名"), Group: ptr("区县")}, func(got inbox.Account) bool { return got.Name == "新名" && got.Group == "区县" }},
			{"the bot", inbox.AccountInput{BotEnabled: ptr(true)}, func(got inbox.Account) bool { return got.BotEnabled }},
			{"the same again", inbox.AccountInput{}, func(got inbox.Account) bool { return got.Enabled }},
		} {
			got, err := o.UpdateAccount(ctx, o.admin, a.ID, tt.in)
			if err != nil || !tt.wants(got) {
				t.Errorf("%s: %+v, %v", tt.name, got, err)
			}
		}
		got, err := o.UpdateAccount(ctx, o.admin, a.ID, inbox.AccountInput{Settings: map[string]any{"app_secret": nil, "mode": nil}})
		if _, mode := got.Settings["mode"]; err != nil || got.Settings["app_secret_set"] != false || mode {
			t.Errorf("null removes: %+v, %v", got, err)
		}
	})
}

// TestSecretsAreConfirmed: what decides where the secret goes does not change
// without the secret.
func TestSecretsAreConfirmed(t *testing.T) {
	eachOffice(t, inboxtest.Channel{}, func(t *testing.T, o *office) {
		ctx, a := t.Context(), o.create(t, "市政务")
		update := func(settings map[string]any) error {
			_, err := o.UpdateAccount(ctx, o.admin, a.ID, inbox.AccountInput{Settings: settings})
			return err
		}
		elsewhere := "http://192.0.2.66"
		unchanged(t, o.d, func() {
			for name, settings := range map[string]map[string]any{
				"another host":                 {"api_base": elsewhere},
				"with an empty secret":         {"api_base": elsewhere, "app_secret": ""},
				"with the secret taken away":   {"api_base": elsewhere, "app_secret": nil},
				"with a secret of a bad shape": {"api_base": elsewhere, "app_secret": 7},
				"with another one's AppID":     {"app_id": "wx2"},
			} {
				var e *desk.Error
				if err := update(settings); !errors.As(err, &e) || e.Code != desk.Invalid || len(e.Fields) != 1 || e.Fields[0].Name != "settings.app_secret" {
					t.Errorf("%s: %v, want invalid with field settings.app_secret", name, err)
				}
			}
		})
		must(t, update(map[string]any{"app_id": "wx1", "api_base": ""})) // as it was
		must(t, update(map[string]any{"api_base": elsewhere, "app_secret": "not-a-real-secret"}))
		must(t, update(map[string]any{"api_base": elsewhere, "mode": "safe"}))
		unchanged(t, o.d, func() {
			if err := update(map[string]any{"api_base": nil}); desk.CodeOf(err) != desk.Invalid {
				t.Errorf("back to the platform itself: %v, want invalid", err)
			}
		})
	})
}

func TestAccountInputIsChecked(t *testing.T) {
	eachOffice(t, inboxtest.Channel{}, func(t *testing.T, o *office) {
		ctx, a := t.Context(), o.create(t, "市政务")
		platform, name := ptr(inboxtest.PlatformName), ptr("名")
		unchanged(t, o.d, func() {
			for what, tt := range map[string]struct {
				in    inbox.AccountInput
				field string
			}{
				"no platform":         {inbox.AccountInput{Name: name}, "platform"},
				"an unknown platform": {inbox.AccountInput{Platform: ptr("weibo"), Name: name}, "platform"},
				"no name":             {inbox.AccountInput{Platform: platform}, "name"},
				"an empty name":       {inbox.AccountInput{Platform: platform, Name: ptr(" ")}, "name"},
				"a long name":         {inbox.AccountInput{Platform: platform, Name: ptr(strings.Repeat("长", 61))}, "name"},
				"a long group":        {inbox.AccountInput{Platform: platform, Name: name, Group: ptr(strings.Repeat("长", 61))}, "group"},
				"bad settings":        {inbox.AccountInput{Platform: platform, Name: name, Settings: map[string]any{"app_id": 7}}, "settings.app_id"},
			} {
				_, err := o.CreateAccount(ctx, o.admin, tt.in)
				var e *desk.Error
				if !errors.As(err, &e) || e.Code != desk.Invalid || len(e.Fields) != 1 || e.Fields[0].Name != tt.field {
					t.Errorf("%s: %v, want invalid with field %s", what, err, tt.field)
				}
			}
			_, err := o.UpdateAccount(ctx, o.admin, a.ID, inbox.AccountInput{Platform: ptr("weibo")})
			refused(t, err, desk.Invalid, "")
			_, err = o.UpdateAccount(ctx, o.admin, a.ID, inbox.AccountInput{Settings: map[string]any{"app_id": ""}})
			refused(t, err, desk.Invalid, "")
			_, err = o.UpdateAccount(ctx, o.admin, a.ID+9, inbox.AccountInput{})
			refused(t, err, desk.NotFound, "")
		})
	})
}

// Two administrators change an account at once: neither overwrites what the
// other has just stored.
func TestAccountChangedByTwoAtOnce(t *testing.T) {
	eachOffice(t, inboxtest.Channel{}, func(t *testing.T, o *office) {
		a := o.create(t, "市政务")
		var stored, lost atomic.Int32
		together(6, func(i int) {
			_, err := o.UpdateAccount(t.Context(), o.admin, a.ID, inbox.AccountInput{Settings: map[string]any{"field" + string(rune('a'+i)): "x"}})
			switch {
			case err == nil:
				stored.Add(1)
			case desk.ReasonOf(err) == "account_changed":
				lost.Add(1)
			default:
				t.Errorf("update: %v", err)
			}
		})
		got, err := o.Account(t.Context(), o.admin, a.ID)
		must(t, err)
		fields := 0
		for name := range maps.Keys(got.Settings) {
			if strings.HasPrefix(name, "field") {
				fields++
			}
		}
		if fields != int(stored.Load()) || stored.Load()+lost.Load() != 6 || stored.Load() == 0 {
			t.Errorf("%d changes are stored, %d were told so, %d were refused", fields, stored.Load(), lost.Load())
		}
	})
}

func TestWhoSeesAndChangesAccounts(t *testing.T) {
	checked := errors.New("credentials are wrong")
	eachOffice(t, inboxtest.Channel{OnCheck: func(context.Context) error { return checked }}, func(t *testing.T, o *office) {
		ctx := t.Context()
		first, second := o.create(t, "市政务"), o.create(t, "区政务")
		limited := o.d.User(t, desk.Admin, "只管市政务", first.ID)
		names := func(a desk.Actor) (names []string) {
			t.Helper()
			all, err := o.Accounts.Accounts(ctx, a)
			must(t, err)
			for _, a := range all {
				names = append(names, a.Name)
			}
			return names
		}
		if got := names(o.d.Staff(t, "小王")); !slices.Equal(got, []string{"市政务", "区政务"}) {
			t.Errorf("staff sees %v", got)
		}
		if got := names(limited); !slices.Equal(got, []string{"市政务"}) {
			t.Errorf("who is limited sees %v", got)
		}
		uses := map[string]func(a desk.Actor, id int64) error{
			"read": func(a desk.Actor, id int64) error { _, err := o.Account(ctx, a, id); return err },
			"change": func(a desk.Actor, id int64) error {
				_, err := o.UpdateAccount(ctx, a, id, inbox.AccountInput{Name: ptr("名")})
				return err
			},
			"check": func(a desk.Actor, id int64) error { return o.CheckAccount(ctx, a, id) },
		}
		unchanged(t, o.d, func() {
			for name, use := range uses {
				refused(t, use(limited, second.ID), desk.NotFound, "")
				if err := use(desk.Actor{Role: desk.Liaison, AllAccounts: true}, first.ID); desk.CodeOf(err) != desk.Forbidden {
					t.Errorf("%s by a liaison: %v, want forbidden", name, err)
				}
				if err := use(desk.Actor{Role: desk.Staff, AllAccounts: true}, first.ID); (desk.CodeOf(err) == desk.Forbidden) != (name != "read") {
					t.Errorf("%s by staff: %v", name, err)
				}
			}
			_, err := o.CreateAccount(ctx, desk.Actor{Role: desk.Supervisor, AllAccounts: true}, inbox.AccountInput{})
			refused(t, err, desk.Forbidden, "")
		})
		if err := o.CheckAccount(ctx, limited, first.ID); !errors.Is(err, checked) {
			t.Errorf("check: %v, want what the platform said", err)
		}
		_, err := o.UpdateAccount(ctx, o.admin, first.ID, inbox.AccountInput{Enabled: ptr(false)})
		must(t, err)
		if err := o.CheckAccount(ctx, o.admin, first.ID); desk.CodeOf(err) != desk.NotFound {
			t.Errorf("check of a disabled account: %v", err)
		}
	})
}

func TestIntake(t *testing.T) {
	ack := channel.Response{Status: 200, Body: []byte("success")}
	var next func(now time.Time) (channel.Receipt, error)
	c := inboxtest.Channel{
		OnReceive: func(_ channel.Request, now time.Time) (channel.Receipt, error) { return next(now) },
		OnParse: func(raw []byte, _ time.Time) (channel.Inbound, error) {
			if string(raw) == "<still broken" {
				return channel.Inbound{}, desk.Errorf(desk.Invalid, "still broken")
			}
			return channel.Inbound{ExternalID: "parsed", Kind: channel.Private, Type: channel.Text, ContactID: "o", Text: string(raw)}, nil
		},
	}
	eachOffice(t, c, func(t *testing.T, o *office) {
		ctx, a := t.Context(), o.create(t, "市政务")
		intake := inbox.NewIntake(o.d.Service, o.registry, claims{}, nil, o.d.Now)
		receive := func() (channel.Response, error) {
			return intake.Receive(ctx, inboxtest.PlatformName, a.ID, channel.Request{})
		}
		citizen := o.d.NewCitizen(a.ID)

		next = func(now time.Time) (channel.Receipt, error) {
			if !now.Equal(o.d.Now()) {
				t.Errorf("received at %v, want the desk's time", now)
			}
			return channel.Receipt{Challenge: &channel.Response{Status: 200, Body: []byte("echo")}, Ack: ack}, nil
		}
		unchanged(t, o.d, func() {
			if got, err := receive(); err != nil || string(got.Body) != "echo" {
				t.Errorf("challenge: %s, %v", got.Body, err)
			}
			next = func(time.Time) (channel.Receipt, error) {
				return channel.Receipt{}, desk.Errorf(desk.Forbidden, "bad signature")
			}
			_, err := receive()
			refused(t, err, desk.Forbidden, "")
			_, err = intake.Receive(ctx, "weibo", a.ID, channel.Request{})
			refused(t, err, desk.NotFound, "")
			_, err = intake.Receive(ctx, inboxtest.PlatformName, a.ID+1, channel.Request{})
			refused(t, err, desk.NotFound, "")
		})
		items := []channel.Inbound{citizen.Message("一"), citizen.Message("二")}
		next = func(time.Time) (channel.Receipt, error) { return channel.Receipt{Items: items, Ack: ack}, nil }
		head := o.d.Head(t)
		if got, err := receive(); err != nil || string(got.Body) != "success" {
			t.Errorf("items: %s, %v", got.Body, err)
		}
		happened(t, o.d, head, inbox.TicketCreated, inbox.MessageReceived, inbox.MessageReceived)
		unchanged(t, o.d, func() {
			if got, err := receive(); err != nil || string(got.Body) != "success" {
				t.Errorf("sent again: %s, %v; want the same acknowledgement", got.Body, err)
			}
		})
		// When the store cannot commit there is no acknowledgement.
		fresh := citizen.Message("三")
		items = []channel.Inbound{fresh}
		stopped, cancel := contextOf(t)
		cancel()
		unchanged(t, o.d, func() {
			if got, err := intake.Receive(stopped, inboxtest.PlatformName, a.ID, channel.Request{}); err == nil {
				t.Errorf("acknowledged %s without having stored it", got.Body)
			}
		})
		for _, raw := range []string{"<broken", "<still broken"} {
			next = func(time.Time) (channel.Receipt, error) {
				return channel.Receipt{Dead: &channel.DeadLetter{ExternalID: raw, Raw: []byte(raw), Reason: "EOF"}, Ack: ack}, nil
			}
			if got, err := receive(); err != nil || string(got.Body) != "success" {
				t.Errorf("dead letter: %s, %v", got.Body, err)
			}
		}
		trouble, err := o.d.Service.Trouble(ctx, o.admin)
		must(t, err)
		head = o.d.Head(t)
		refused(t, intake.Replay(ctx, o.admin, trouble.Payloads[0].ID), desk.Invalid, "")
		must(t, intake.Replay(ctx, o.admin, trouble.Payloads[1].ID))
		happened(t, o.d, head, inbox.TicketCreated, inbox.MessageReceived)
		shown, err := o.Account(ctx, o.admin, a.ID)
		if must(t, err); !shown.LastReceivedAt.Equal(o.d.Now()) {
			t.Errorf("last received at %v", shown.LastReceivedAt)
		}
	})
}

// claims keeps everything for ever.
type claims map[string]string

func (c claims) Claim(ctx context.Context, key, value string, _ time.Duration) (string, error) {
	if held, found := c[key]; found {
		return held, ctx.Err()
	}
	c[key] = value
	return value, ctx.Err()
}

// TestIntakeBindsBodies: what proved one body genuine proves no other, and a
// retry of the first is taken when the store failed before.
func TestIntakeBindsBodies(t *testing.T) {
	var receipt channel.Receipt
	c := inboxtest.Channel{OnReceive: func(channel.Request, time.Time) (channel.Receipt, error) { return receipt, nil }}
	eachOffice(t, c, func(t *testing.T, o *office) {
		a := o.create(t, "市政务")
		citizen := o.d.NewCitizen(a.ID)
		intake := inbox.NewIntake(o.d.Service, o.registry, claims{}, nil, o.d.Now)
		post := func(in channel.Inbound, body string) error {
			receipt = channel.Receipt{Items: []channel.Inbound{in}, Binding: &channel.Binding{Key: "k", Body: body, For: time.Minute}}
			_, err := intake.Receive(t.Context(), inboxtest.PlatformName, a.ID, channel.Request{})
			return err
		}
		genuine := citizen.Message("一")
		must(t, post(genuine, "first"))
		unchanged(t, o.d, func() {
			must(t, post(genuine, "first"))
			refused(t, post(citizen.Message("forged"), "second"), desk.Forbidden, "")
		})
		must(t, post(citizen.Message("二"), "first")) // as after a store that failed
	})
}
