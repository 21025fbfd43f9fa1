package inbox

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"replydesk/inbox/channel"
	"replydesk/inbox/desk"
)

// maxAccountName bounds the names of accounts and groups.
const maxAccountName = 60

// Account is one account on one platform. In Settings a secret stands as
// "<name>_set": whether there is one.
type Account struct {
	ID             int64
	Platform       string
	Name           string
	Group          string
	Enabled        bool
	BotEnabled     bool
	Bot            json.RawMessage // the bot's settings, all of them
	Citizen        CitizenSettings
	Settings       map[string]any
	CreatedAt      time.Time
	LastReceivedAt time.Time
	Unreadable     Unreadable
}

// Unreadable is the newest of the dead letters of an account that nobody has
// taken in yet; zero when there is none.
type Unreadable struct {
	At     time.Time
	Reason string
}

// AccountInput is what a person enters; nil fields stay as they are. Settings
// are laid over the stored ones; a secret that is absent or "" stays. Bot is an
// object that is laid over the bot's settings.
type AccountInput struct {
	Platform, Name, Group *string
	Enabled, BotEnabled   *bool
	Bot                   json.RawMessage
	Citizen               CitizenInput
	Settings              map[string]any
}

// StoredAccount is an account with its settings in the clear, as only the
// store and the platforms see it.
type StoredAccount struct {
	channel.Account
	Key            string // of what the platform knows it by, see keyOf; "" for nothing
	Group          string
	Enabled        bool
	BotSettings    json.RawMessage // as the bot laid them
	Citizen        CitizenSettings
	CreatedAt      time.Time
	UpdatedAt      time.Time
	LastReceivedAt time.Time
	Unreadable     Unreadable
}

// AccountStore keeps accounts; it seals their settings.
type AccountStore interface {
	StoredAccounts(ctx context.Context) ([]StoredAccount, error)
	StoredAccount(ctx context.Context, id int64) (StoredAccount, error)
	// SaveAccount inserts (ID 0, which it sets) or updates with a new version,
	// and records the event about it. When the stored version is not the one
	// that was read, somebody else changed it: Conflict "account_changed". When
	// another account of the platform has the same key: Conflict "account_taken".
	SaveAccount(ctx context.Context, a *StoredAccount, event func(a StoredAccount) desk.Event) error
}

// Platforms opens settings and forgets channels whose account changed.
type Platforms interface {
	Platform(name string) (channel.Platform, error)
	Channel(ctx context.Context, accountID int64) (channel.Channel, channel.Account, error)
	Forget(accountID int64)
}

// BotSettings knows what the bot's settings of an account may be.
type BotSettings interface {
	// Lay returns all settings with the changes, a JSON object or nil, laid over
	// the stored ones. What is not a setting is Invalid with a field for each.
	Lay(ctx context.Context, stored, changes json.RawMessage) (json.RawMessage, error)
}

// Accounts has the use cases of the accounts page.
type Accounts struct {
	store     AccountStore
	platforms Platforms
	bot       BotSettings
	now       func() time.Time
}

// NewAccounts returns the use cases of accounts.
func NewAccounts(store AccountStore, platforms Platforms, bot BotSettings, now func() time.Time) *Accounts {
	return &Accounts{store: store, platforms: platforms, bot: bot, now: now}
}

// Accounts lists those the actor may see.
func (s *Accounts) Accounts(ctx context.Context, actor desk.Actor) ([]Account, error) {
	if err := actor.Require(desk.ReadAccounts); err != nil {
		return nil, err
	}
	stored, err := s.store.StoredAccounts(ctx)
	if err != nil {
		return nil, err
	}
	var out []Account
	for _, a := range stored {
		if !actor.SeesAccount(a.ID) {
			continue
		}
		shown, err := s.show(ctx, a)
		if err != nil {
			return nil, err
		}
		out = append(out, shown)
	}
	return out, nil
}

// Account returns one account.
func (s *Accounts) Account(ctx context.Context, actor desk.Actor, id int64) (Account, error) {
	if err := actor.Require(desk.ReadAccounts); err != nil {
		return Account{}, err
	}
	a, err := s.stored(ctx, actor, id)
	if err != nil {
		return Account{}, err
	}
	return s.show(ctx, a)
}

func (s *Accounts) stored(ctx context.Context, actor desk.Actor, id int64) (StoredAccount, error) {
	a, err := s.store.StoredAccount(ctx, id)
	if err == nil && !actor.SeesAccount(id) {
		return StoredAccount{}, desk.Errorf(desk.NotFound, "没有这个账号")
	}
	return a, err
}

// CreateAccount connects an account. Bad settings are Invalid with a field for
// each.
func (s *Accounts) CreateAccount(ctx context.Context, actor desk.Actor, in AccountInput) (Account, error) {
	if err := actor.Require(desk.ManageAccounts); err != nil {
		return Account{}, err
	}
	if in.Platform == nil {
		return Account{}, desk.InvalidField("platform", "不能为空")
	}
	if in.Name == nil {
		return Account{}, desk.InvalidField("name", "不能为空")
	}
	a := StoredAccount{Enabled: true, CreatedAt: s.now()}
	a.Platform, a.Settings, a.BotSettings = *in.Platform, json.RawMessage("{}"), json.RawMessage("{}")
	a.Citizen = defaultCitizenSettings()
	return s.save(ctx, actor, a, in)
}

// UpdateAccount changes an account; its platform stays. What decides where a
// secret is sent changes only together with that secret, else the error is
// Invalid about the secret's field.
func (s *Accounts) UpdateAccount(ctx context.Context, actor desk.Actor, id int64, in AccountInput) (Account, error) {
	if err := actor.Require(desk.ManageAccounts); err != nil {
		return Account{}, err
	}
	a, err := s.stored(ctx, actor, id)
	if err != nil {
		return Account{}, err
	}
	if in.Platform != nil && *in.Platform != a.Platform {
		return Account{}, desk.InvalidField("platform", "账号的平台不能更改")
	}
	return s.save(ctx, actor, a, in)
}

func (s *Accounts) save(ctx context.Context, actor desk.Actor, a StoredAccount, in AccountInput) (Account, error) {
	platform, err := s.platforms.Platform(a.Platform)
	if err != nil {
		return Account{}, err
	}
	if in.Name != nil {
		if a.Name, err = text("name", *in.Name, 1, maxAccountName); err != nil {
			return Account{}, err
		}
	}
	if in.Group != nil {
		if a.Group, err = text("group", *in.Group, 0, maxAccountName); err != nil {
			return Account{}, err
		}
	}
	if in.Enabled != nil {
		a.Enabled = *in.Enabled
	}
	if in.BotEnabled != nil {
		a.Bot = *in.BotEnabled
	}
	if a.BotSettings, err = s.bot.Lay(ctx, a.BotSettings, in.Bot); err != nil {
		return Account{}, err
	}
	if a.Citizen, err = in.Citizen.lay(a.Citizen); err != nil {
		return Account{}, err
	}
	before := a.Settings
	if a.Settings, err = mergeSettings(before, in.Settings, platform.SecretSettings()); err != nil {
		return Account{}, err
	}
	if a.ID != 0 {
		if err := confirmed(before, a.Settings, in.Settings, platform.Confirmed()); err != nil {
			return Account{}, err
		}
	}
	if _, err := platform.Open(a.Account); err != nil {
		return Account{}, err
	}
	if a.Key, err = keyOf(platform, a.Settings); err != nil {
		return Account{}, err
	}
	if err := s.unique(ctx, platform, a); err != nil {
		return Account{}, err
	}
	a.UpdatedAt = s.now()
	err = s.store.SaveAccount(ctx, &a, func(a StoredAccount) desk.Event {
		e := desk.NewEvent(AccountChanged, a.UpdatedAt, map[string]any{"account_id": id(a.ID)})
		e.AccountID, e.ActorID, e.Audience = a.ID, actor.UserID, desk.ReadAccounts
		return e
	})
	if desk.ReasonOf(err) == accountTaken {
		return Account{}, taken(platform)
	}
	if err != nil {
		return Account{}, err
	}
	s.platforms.Forget(a.ID)
	return s.show(ctx, a)
}

// keyOf is a hash of what the platform knows the account by: equal for equal
// ones, and no setting lies readable in the database.
func keyOf(p channel.Platform, settings json.RawMessage) (string, error) {
	var values map[string]any
	if err := json.Unmarshal(settings, &values); err != nil {
		return "", err
	}
	known := said(values[p.Identity()])
	if known == "" {
		return "", nil
	}
	sum := sha256.Sum256([]byte(p.Name() + "\x00" + known))
	return hex.EncodeToString(sum[:]), nil
}

// unique checks that the platform knows no other account by the same key. The
// store's own rule holds against two at once, but knows no key of accounts that
// were stored before there were keys.
func (s *Accounts) unique(ctx context.Context, p channel.Platform, a StoredAccount) error {
	if a.Key == "" {
		return nil
	}
	all, err := s.store.StoredAccounts(ctx)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.ID == a.ID || other.Platform != a.Platform {
			continue
		}
		if key, err := keyOf(p, other.Settings); err != nil || key == a.Key {
			return cmp.Or(err, taken(p))
		}
	}
	return nil
}

// accountTaken is the reason of a second account with one key.
const accountTaken = "account_taken"

func taken(p channel.Platform) error {
	const message = "这个账号已经接入，不能重复接入"
	return &desk.Error{
		Code: desk.Conflict, Reason: accountTaken, Message: message,
		Fields: []desk.Field{{Name: "settings." + p.Identity(), Message: message}},
	}
}

// CheckAccount asks the platform whether the credentials work.
func (s *Accounts) CheckAccount(ctx context.Context, actor desk.Actor, id int64) error {
	if err := actor.Require(desk.ManageAccounts); err != nil {
		return err
	}
	if _, err := s.stored(ctx, actor, id); err != nil {
		return err
	}
	c, _, err := s.platforms.Channel(ctx, id)
	if err != nil {
		return err
	}
	return c.Check(ctx)
}

// mergeSettings lays changes over what is stored. A null or, for a secret, an
// empty value means different things: null removes, an empty secret stays.
func mergeSettings(stored json.RawMessage, changes map[string]any, secrets []string) (json.RawMessage, error) {
	merged := map[string]any{}
	if err := json.Unmarshal(stored, &merged); err != nil {
		return nil, err
	}
	for name, value := range changes {
		switch {
		case value == nil:
			delete(merged, name)
		case value == "" && slices.Contains(secrets, name):
		default:
			merged[name] = value
		}
	}
	return json.Marshal(merged)
}

// confirmed checks that every secret stands in the changes that must be entered
// again because of what differs between the settings before and after.
func confirmed(before, after json.RawMessage, changes map[string]any, by map[string]string) error {
	var old, merged map[string]any
	if err := errors.Join(json.Unmarshal(before, &old), json.Unmarshal(after, &merged)); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(by)) {
		secret := by[name]
		if stored, _ := old[secret].(string); stored == "" || said(old[name]) == said(merged[name]) {
			continue
		}
		if given, _ := changes[secret].(string); given == "" {
			return desk.InvalidField("settings."+secret, "更改 %s 时须重新填写此项", name)
		}
	}
	return nil
}

// said is a setting as text; an absent one is an empty one.
func said(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

// show hides the secrets of a stored account.
func (s *Accounts) show(ctx context.Context, a StoredAccount) (Account, error) {
	settings := map[string]any{}
	if err := json.Unmarshal(a.Settings, &settings); err != nil {
		return Account{}, err
	}
	platform, err := s.platforms.Platform(a.Platform)
	if err != nil {
		return Account{}, err
	}
	shown := maps.Clone(settings)
	for _, name := range platform.SecretSettings() {
		value, _ := settings[name].(string)
		delete(shown, name)
		shown[name+"_set"] = value != ""
	}
	bot, err := s.bot.Lay(ctx, a.BotSettings, nil)
	if err != nil {
		return Account{}, err
	}
	return Account{
		ID: a.ID, Platform: a.Platform, Name: a.Name, Group: a.Group, Enabled: a.Enabled, BotEnabled: a.Bot, Bot: bot, Citizen: a.Citizen,
		Settings: shown, CreatedAt: a.CreatedAt, LastReceivedAt: a.LastReceivedAt,
		Unreadable: a.Unreadable,
	}, nil
}
