package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"replydesk/app/config"
)

const shipped = "../../configs/desk.yaml"

// samples holds for every setting a value that differs from the default, as the
// file and the variable write it and as Describe shows it.
var samples = map[string]struct{ given, shown string }{
	"addr":                    {":9090", ":9090"},
	"data_dir":                {"/srv/desk", "/srv/desk"},
	"database_url":            {"postgres://desk:not-a-real-password@db.example:5432/desk", "[redacted]"},
	"redis_url":               {"redis://:not-a-real-password@cache.example:6379/0", "[redacted]"},
	"admin_password":          {"not a real password", "[redacted]"},
	"base_url":                {"https://desk.example.gov.cn/", "https://desk.example.gov.cn"},
	"secret_key":              {strings.Repeat("0f", 32), "[redacted]"},
	"log.level":               {"WARN", "warn"},
	"log.format":              {"json", "json"},
	"wechat.api_base":         {"http://127.0.0.1:9001", "http://127.0.0.1:9001"},
	"wechat.freshness":        {"90s", "1m30s"},
	"wechat.http_timeout":     {"2500ms", "2.5s"},
	"inbox.first_reply":       {"48h", "48h"},
	"inbox.next_reply":        {"1h30m", "1h30m"},
	"inbox.warn_at":           {"25, 50,90", "[25, 50, 90]"},
	"inbox.reopen_within":     {"0s", "0s"},
	"inbox.undo_within":       {"20s", "20s"},
	"checks.hosts":            {"gov.cn,example.org", "[gov.cn, example.org]"},
	"checks.spike_messages":   {"5", "5"},
	"checks.spike_within":     {"5m", "5m"},
	"library.four_eyes":       {" False", "false"},
	"library.remind_days":     {"60,14", "[60, 14]"},
	"inbox.timezone":          {"Asia/Urumqi", "Asia/Urumqi"},
	"live.keep":               {"1000", "1000"},
	"live.keep_for":           {"48h", "48h"},
	"session.lifetime":        {"8h", "8h"},
	"session.idle":            {"30m", "30m"},
	"privacy.plain_to":        {"assignee, admin", "[assignee, admin]"},
	"privacy.reveal_for":      {"5m", "5m"},
	"session.link_lifetime":   {"48h", "48h"},
	"session.secure_cookies":  {"True", "true"},
	"http.body_limit":         {"512KiB", "512KiB"},
	"http.shutdown_timeout":   {"1m", "1m"},
	"http.trusted_proxies":    {"10.0.0.0/8,::1", "[10.0.0.0/8, ::1]"},
	"jobs.workers":            {"8", "8"},
	"notify.timeout":          {"8s", "8s"},
	"notify.allow_http":       {"true", "true"},
	"notify.allowed_networks": {"10.1.0.0/16", "[10.1.0.0/16]"},
	"notify.robot_per_minute": {"10", "10"},
	"notify.robot_slow_codes": {"45009,7", "[45009, 7]"},
	"notify.keep_for":         {"720h", "720h"},
	"llm.base_url":            {"http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"},
	"llm.api_key":             {"sk-not-a-real-key", "[redacted]"},
	"llm.model":               {"qwen3:8b", "qwen3:8b"},
	"drafts.timeout":          {"30s", "30s"},
	"drafts.stall":            {"5s", "5s"},
	"drafts.tokens_per_day":   {"50000", "50000"},
	"drafts.calls_per_minute": {"3", "3"},
	"drafts.cost_in":          {"200", "200"},
	"drafts.cost_out":         {"800", "800"},
	"embed.base_url":          {"http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"},
	"embed.api_key":           {"sk-not-a-real-key", "[redacted]"},
	"embed.model":             {"bge-m3", "bge-m3"},
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "desk.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t *testing.T, path string, environ ...string) config.Config {
	t.Helper()
	c, err := config.Load(path, environ)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLoadWithoutAnything(t *testing.T) {
	t.Chdir(t.TempDir())
	if got, want := load(t, ""), config.Default(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if err := config.Default().Validate(); err != nil {
		t.Errorf("the defaults are refused: %v", err)
	}
}

func TestLoadFindsTheDefaultFile(t *testing.T) {
	path := write(t, "addr: :9999")
	t.Chdir(filepath.Dir(path))
	if got := load(t, ""); got.Addr != ":9999" {
		t.Errorf("addr %q is not from the file", got.Addr)
	}
}

func TestShippedFileHoldsTheDefaults(t *testing.T) {
	if got, want := load(t, shipped), config.Default(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestEverySettingIsShippedAndHasAVariable(t *testing.T) {
	raw, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := yaml.Unmarshal(raw, &tree); err != nil {
		t.Fatal(err)
	}
	inFile := make(map[string]bool)
	for key, value := range tree {
		group, ok := value.(map[string]any)
		if !ok {
			inFile[key] = true
		}
		for name := range group {
			inFile[key+"."+name] = true
		}
	}
	seen := make(map[string]bool)
	for _, s := range config.Default().Describe() {
		if !inFile[s.Key] {
			t.Errorf("%s is not in %s", s.Key, shipped)
		}
		if !strings.Contains(string(raw), s.Env) {
			t.Errorf("%s does not name %s", shipped, s.Env)
		}
		if want := "DESK_" + strings.ToUpper(strings.ReplaceAll(s.Key, ".", "_")); s.Env != want || seen[want] {
			t.Errorf("%s has the variable %s, want %s for it alone", s.Key, s.Env, want)
		}
		seen[s.Env] = true
	}
	if fields := leaves(reflect.TypeFor[config.Config]()); fields != len(seen) {
		t.Errorf("Config has %d fields, %d settings reach them", fields, len(seen))
	}
}

func leaves(t reflect.Type) int {
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[config.Secret]() {
		return 1
	}
	n := 0
	for f := range t.Fields() {
		if f.IsExported() { // what is not is no setting
			n += leaves(f.Type)
		}
	}
	return n
}

func TestEverySettingFromEitherSource(t *testing.T) {
	var environ []string
	file := make(map[string]any)
	for key, sample := range samples {
		environ = append(environ, "DESK_"+strings.ToUpper(strings.ReplaceAll(key, ".", "_"))+"="+sample.given)
		if group, name, nested := strings.Cut(key, "."); nested {
			if file[group] == nil {
				file[group] = make(map[string]any)
			}
			file[group].(map[string]any)[name] = sample.given
		} else {
			file[key] = sample.given
		}
	}
	text, err := yaml.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]config.Config{
		"file":        load(t, write(t, string(text))),
		"environment": load(t, write(t, ""), environ...),
	} {
		t.Run(name, func(t *testing.T) {
			rows, defaults := c.Describe(), config.Default().Describe()
			if len(rows) != len(samples) {
				t.Errorf("%d settings, %d samples", len(rows), len(samples))
			}
			for i, s := range rows {
				if want := samples[s.Key].shown; s.Value != want {
					t.Errorf("%s is %q, want %q", s.Key, s.Value, want)
				}
				if s.Value == defaults[i].Value {
					t.Errorf("%s: the sample is the default", s.Key)
				}
			}
			if c.DatabaseURL.Reveal() != samples["database_url"].given {
				t.Error("the database URL is not the given one")
			}
		})
	}
}

func TestVariableWinsOverFile(t *testing.T) {
	path := write(t, "redis_url: redis://cache.example\nwechat: {freshness: never}\nhttp: {trusted_proxies: [10.0.0.1]}\n")
	c := load(t, path, "DESK_REDIS_URL=", "DESK_WECHAT_FRESHNESS=1m", "DESK_HTTP_TRUSTED_PROXIES=",
		"DESK_JOBS_WORKERS=2", "DESK_JOBS_WORKERS=3", "PATH=/bin", "not a variable")
	if c.RedisURL.IsSet() || c.WeChat.Freshness != time.Minute || len(c.HTTP.TrustedProxies) != 0 || c.Jobs.Workers != 3 {
		t.Errorf("the variables did not win: %+v", c)
	}
}

func TestLoadReadsYAMLForms(t *testing.T) {
	tests := []struct{ name, file string }{
		{"flow list", "inbox: {warn_at: [10, 20]}"},
		{"block list", "inbox:\n  warn_at:\n    - 10\n    - \"20\"\n"},
		{"text", "inbox:\n  warn_at: 10,20"},
		{"two sections", "inbox: {warn_at: [10, 20]}\ninbox: {next_reply: 24h}"},
		{"alias", "inbox: {warn_at: [&ten 10, 20]}\nlive: {keep: 50000}\njobs: {workers: *ten}"},
		{"nothing behind a key", "addr:\nlog:\nsession:\n  idle: ~\ninbox: {warn_at: [10, 20]}"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := load(t, write(t, test.file))
			if !reflect.DeepEqual(c.Inbox.WarnAt, []int{10, 20}) || c.Addr != "127.0.0.1:8080" {
				t.Errorf("read %+v", c)
			}
		})
	}
}

func TestForeignVariablesAreLeftAlone(t *testing.T) {
	load(t, write(t, ""), "DESK_TEST_POSTGRES_URL=x", "DESK_EVAL_DATA=x", "DESK_BIN=x", "DESK_BENCH_SECONDS=x")
}

func TestLoadRefuses(t *testing.T) {
	tests := []struct {
		name    string
		file    string
		environ []string
		want    string // FILE stands for the path
	}{
		{"unknown key", "adr: :1", nil, "FILE:1: adr: unknown setting, did you mean addr?"},
		{"unknown key in a group", "log:\n  level: info\n  colour: red", nil,
			"FILE:3: log.colour: unknown setting, see configs/desk.yaml for all of them"},
		{"unknown group", "smtp:\n  host: x", nil, "FILE:1: smtp: unknown setting, see configs/desk.yaml for all of them"},
		{"unknown variable", "", []string{"DESK_WECHAT_FRESHNES=1m"},
			"environment: DESK_WECHAT_FRESHNES: unknown variable, did you mean DESK_WECHAT_FRESHNESS?"},
		{"twice", "addr: :1\naddr: :2", nil, "FILE:2: addr (DESK_ADDR): is set twice"},
		{"value for a group", "log: debug", nil, "FILE:1: log: want settings as key: value here"},
		{"group for a value", "jobs:\n  workers: {few: 1}", nil,
			"FILE:2: jobs.workers (DESK_JOBS_WORKERS): want a whole number from 1 to 256"},
		{"list for a value", "addr: [a, b]", nil, "FILE:1: addr (DESK_ADDR): want host:port such as 127.0.0.1:8080 or :8080"},
		{"list in a list", "inbox: {warn_at: [[1]]}", nil,
			"FILE:1: inbox.warn_at (DESK_INBOX_WARN_AT): want a rising list of at most 8 percentages from 1 to 99, such as [50, 80]"},
		{"not a mapping", "- addr", nil, "FILE:1: want settings as key: value here"},
		{"wrong form", "", []string{"DESK_JOBS_WORKERS=many"},
			`environment: jobs.workers (DESK_JOBS_WORKERS): "many" is not allowed, want a whole number from 1 to 256`},
		{"out of range", "live: {keep: 1}", nil,
			`FILE:1: live.keep (DESK_LIVE_KEEP): "1" is not allowed, want a whole number from 100 to 10000000`},
		{"address without port", "addr: localhost", nil,
			`FILE:1: addr (DESK_ADDR): "localhost" is not allowed, want host:port such as 127.0.0.1:8080 or :8080`},
		{"duration without unit", "wechat: {freshness: 10}", nil,
			`FILE:1: wechat.freshness (DESK_WECHAT_FRESHNESS): "10" is not allowed, want a duration from 1s to 24h, such as 90s, 10m or 24h`},
		{"falling percentages", "", []string{"DESK_INBOX_WARN_AT=80,50"},
			`environment: inbox.warn_at (DESK_INBOX_WARN_AT): "[80, 50]" is not allowed, want a rising list of at most 8 percentages from 1 to 99, such as [50, 80]`},
		{"unknown zone", "inbox: {timezone: Local}", nil,
			`FILE:1: inbox.timezone (DESK_INBOX_TIMEZONE): "Local" is not allowed, want an IANA time zone such as Asia/Shanghai`},
		{"level", "log: {level: loud}", nil, `FILE:1: log.level (DESK_LOG_LEVEL): "loud" is not allowed, want debug or info or warn or error`},
		{"format", "log: {format: xml}", nil, `FILE:1: log.format (DESK_LOG_FORMAT): "xml" is not allowed, want text or json`},
		{"cookies", "session: {secure_cookies: maybe}", nil,
			`FILE:1: session.secure_cookies (DESK_SESSION_SECURE_COOKIES): "maybe" is not allowed, want auto or true or false`},
		{"size", "http: {body_limit: 1MB}", nil,
			`FILE:1: http.body_limit (DESK_HTTP_BODY_LIMIT): "1MB" is not allowed, want a size from 16KiB to 1GiB in bytes, KiB, MiB or GiB`},
		{"huge size", "http: {body_limit: 9223372036854775807GiB}", nil,
			`FILE:1: http.body_limit (DESK_HTTP_BODY_LIMIT): "9223372036854775807GiB" is not allowed, want a size from 16KiB to 1GiB in bytes, KiB, MiB or GiB`},
		{"proxy", "http: {trusted_proxies: [everyone]}", nil,
			`FILE:1: http.trusted_proxies (DESK_HTTP_TRUSTED_PROXIES): "[everyone]" is not allowed, want a list of IP addresses or CIDR ranges, such as [10.0.0.0/8]`},
		{"URL with a user", "", []string{"DESK_BASE_URL=https://me@desk.example"},
			`environment: base_url (DESK_BASE_URL): "https://me@desk.example" is not allowed, want empty (http:// and addr) or a URL such as https://desk.example.gov.cn`},
		{"no platform", `wechat: {api_base: ""}`, nil,
			`FILE:1: wechat.api_base (DESK_WECHAT_API_BASE): "" is not allowed, want a URL such as https://api.weixin.qq.com`},
		{"database", "", []string{"DESK_DATABASE_URL=mysql://root:hunter2@db.example/desk"},
			"environment: database_url (DESK_DATABASE_URL): this value is not allowed, want empty (SQLite in data_dir) or postgres:// and the address of a database"},
		{"redis", "redis_url: cache.example:6379", nil,
			"FILE:1: redis_url (DESK_REDIS_URL): this value is not allowed, want empty or redis://host:port/0 or rediss://…"},
		{"short key", "", []string{"DESK_SECRET_KEY=hunter2"},
			"environment: secret_key (DESK_SECRET_KEY): this value is not allowed, want empty (a key is made and kept in data_dir) or 32 bytes as base64 or hexadecimal"},
		{"password with a line break", "", []string{"DESK_ADMIN_PASSWORD=hunter2\n"},
			"environment: admin_password (DESK_ADMIN_PASSWORD): this value is not allowed, want at most 256 bytes without control characters"},
		{"idle beyond lifetime", "session: {lifetime: 1h}\n", []string{"DESK_SESSION_IDLE=2h"},
			"environment: session.idle (DESK_SESSION_IDLE): must not be longer than session.lifetime (1h)"},
		{"model missing", "", []string{"DESK_LLM_BASE_URL=http://127.0.0.1:1/v1"},
			"llm.model (DESK_LLM_MODEL): must name a model when llm.base_url is set"},
		{"model without address", "", []string{"DESK_EMBED_API_KEY=hunter2"},
			"embed.base_url (DESK_EMBED_BASE_URL): must be set when embed.api_key or embed.model is"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := write(t, test.file)
			_, err := config.Load(path, test.environ)
			if err == nil {
				t.Fatal("nothing was refused")
			}
			if got, want := err.Error(), "settings: "+strings.ReplaceAll(test.want, "FILE", path); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Error("the error holds the secret")
			}
		})
	}
}

func TestLoadReportsEverythingAtOnce(t *testing.T) {
	path := write(t, "colour: red\njobs: {workers: 0}\nlog: {level: loud}\n")
	c, err := config.Load(path, []string{"DESK_SHADE=1", "DESK_COLOUR=1", "DESK_LIVE_KEEP=no"})
	var all config.Problems
	if !errors.As(err, &all) {
		t.Fatalf("got %v", err)
	}
	var names []string
	for _, p := range all {
		names = append(names, strings.TrimSpace(p.Key+" "+p.Env))
	}
	want := []string{"colour", "DESK_COLOUR", "DESK_SHADE", "log.level DESK_LOG_LEVEL", "live.keep DESK_LIVE_KEEP", "jobs.workers DESK_JOBS_WORKERS"}
	if !reflect.DeepEqual(names, want) {
		t.Errorf("got  %q\nwant %q", names, want)
	}
	if !reflect.DeepEqual(c, config.Config{}) {
		t.Error("refused settings were handed out")
	}
	if one := new(config.Problem); !errors.As(err, one) || one.Key != "colour" {
		t.Errorf("the single problems are not reachable, got %v", one)
	}
}

func TestLoadRefusesWholeFiles(t *testing.T) {
	tests := []struct{ name, path, want string }{
		{"missing", filepath.Join(t.TempDir(), "none.yaml"), "none.yaml: no such file"},
		{"not YAML", write(t, "addr: [\n"), "desk.yaml: yaml: "},
		{"two documents", write(t, "addr: :1\n---\naddr: :2\n"), "want one YAML document"},
		{"too large", write(t, strings.Repeat("# many words\n", 1<<17)), "is larger than 1MiB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := config.Load(test.path, nil); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestValidateHandMadeSettings(t *testing.T) {
	c := config.Default()
	c.Jobs.Workers = -1
	c.Log.Level = 3
	c.Session.SecureCookies = "perhaps"
	err := c.Validate()
	if err == nil {
		t.Fatal("nothing was refused")
	}
	for _, want := range []string{"jobs.workers (DESK_JOBS_WORKERS)", "log.level (DESK_LOG_LEVEL)", "session.secure_cookies (DESK_SESSION_SECURE_COOKIES)"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
}

// FuzzFile: whatever stands in a file, it is refused or the settings are valid.
func FuzzFile(f *testing.F) {
	raw, err := os.ReadFile(shipped)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte("a: &a [*a]\ninbox: {<<: *a, warn_at: *a}\n"))
	path := filepath.Join(f.TempDir(), "desk.yaml")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(path, nil)
		if err != nil {
			return
		}
		if err := c.Validate(); err != nil {
			t.Errorf("loaded but not valid: %v", err)
		}
	})
}
