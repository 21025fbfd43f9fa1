package wechat_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/silenceper/wechat/v2/util"

	"replydesk/inbox/channel/wechat"
)

// The keys of all vectors; invented for tests.
const (
	testToken = "desk-test-token"
	testKey   = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	otherKey  = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
	testApp   = "wxdeskreply0000001"
	testStamp = "1764000000"
	testNonce = "1320562132"

	inboundXML  = `<xml><ToUserName><![CDATA[gh_desk000000001]]></ToUserName><FromUserName><![CDATA[oUser0000000000000000000000a]]></FromUserName><CreateTime>1764000000</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[居住证怎么办理]]></Content><MsgId>24700000000000001</MsgId></xml>`
	inboundJSON = `{"ToUserName":"gh_desk000000001","FromUserName":"oUser0000000000000000000000a","CreateTime":1764000000,"MsgType":"text","Content":"居住证怎么办理","MsgId":24700000000000001}`
	outboundXML = `<xml><ToUserName><![CDATA[oUser0000000000000000000000a]]></ToUserName><FromUserName><![CDATA[gh_desk000000001]]></FromUserName><CreateTime>1764000001</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[已收到]]></Content></xml>`
)

// The cipher texts of vectors W2 to W5.
const (
	cipherW2 = `Q3stYC6hdFzMh9T8HCvyDCQyqpkMFMj9MOk+gEzHaZIXPIkbtASWwl1fZ6kOnrlqA+OPJ4G3l9xyQK7RIVGIY8trNgwldWO6xNYczBo6LRdW+MqsCFqwwik7jtlLIi9pUCbyy5BBQ3M+OPe/ounvTPQ+7GqSKIJrRmtkTnEKlJPJuUThiog634LLrCTHWSF4gXyQi5RcLEpm6T2MfLA84nSSQXODb7e1QEAaHQpFR6Bi8WyiF8BPrWbIE19hf+q8nAAyiaBqA9CqDF+si+p1UXDktYQkzYkiKB9i842l/0HFTOueLovqHE9iZ2vzetWg98ONi1IE2h9tqOAjOLC4pYMcGhPrUu7+fYAeb6WE+Pdt2noKKY0hLTkc6KBd4qdgLQNkPidYomoRd69hYT+PBxQnFQE5W98s/fApyHjUVJpDJV7k8rTDFh6Yhl0Yvx8ju3mLbsTIiXHTT5tBbADkTg==`
	cipherW3 = `Q3stYC6hdFzMh9T8HCvyDJatpvLhfy9s8l+X+yRGMWc5NSLSMgy/mttIKZzVvT4ntpC6wSYGlisS863ZBU/vqg==`
	cipherW4 = `DpQeJfnf/MGZ/+GTIspwVAOmnYX6qV6DMqgvT8h8ilvHPDCI9z6Tl7JQTbs7UFOs7KrO63aoNlD/nHKPadef/v3ADghci5nLCglwl+eHk+1OYIi4TLKRl0xU58Df+HEkUgxrWthevT2MkqNZNQGkZipoop3ah/S1nMD33We+74s8Hi0vjPdb4SlUVTyRmru9dxLTigsk/GZXbsuxXkg6eqHO9ZZmx73y0XZBPS0IRShuCsVeR2JJGeGwzE+PexrtGBQPG+/Ovpf9WCNiG4gcrmOIlluWgtfpAAwXlhNrTJTCUHal1KZPLu1vqlC2DwIopzkF1ynsDW1a4/2SAcm8O/Lii8P8Q8PZGS0zIRHHU0P9gSWcHfOYcFiYztIdaDma`
	cipherW5 = `Q3stYC6hdFzMh9T8HCvyDMz13m+Ix54qIDY4Nk07mshvg+bcNrz5Ng0xGRZ4N3md7GpkrFk2O+nO3g1LKRnSOmF+398uKPkn8fjzv6e0RxnGSjBk6ngfMF3X8x8MU52vOmq/fNvpKBe0nlC3usmml4UVW16E7oWZYGy9OffNTZKrAOjyyKicc70LYyukKJl6dOww/VykxRbgr5R1ON55sNFPxs0v2TnHZ4urPorhqy8nwVl9GsbPlvwRt3dbctttZ3uwJ41rZeN9e4J990xvW2soqFrjCWJnH1QadweBf/w=`
)

func TestSign(t *testing.T) {
	tests := []struct {
		name, want string
		parts      []string
	}{
		{"W0, the official example", "899cf89e464efb63f54ddac96b0a0a235f53aa78", []string{"AAAAA", "1714037059", "486452656"}},
		{"W1", "9c615039c2dafa93cdac9fbb24f006a0b145c337", []string{testToken, testStamp, testNonce}},
		{"W2", "d5744816d52f4859d343f219050f9fa24c14f98c", []string{testToken, testStamp, testNonce, cipherW2}},
		{"W3", "395c0d5f2f3f2730d39cb5d590583818e37b4c14", []string{testToken, testStamp, testNonce, cipherW3}},
		{"W4", "1a1f556947c38b33b68fb21e3f265fd212265824", []string{testToken, "1764000001", "486452656", cipherW4}},
		{"W5", "0056fd11798957b336254909792e8f014963d7ce", []string{testToken, testStamp, testNonce, cipherW5}},
		{"more parts than usual", util.Signature("e", "d", "c", "b", "a", strings.Repeat("z", 2000)), []string{"b", "a", "e", strings.Repeat("z", 2000), "c", "d"}},
		{"nothing", util.Signature(), nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := strings.Join(test.parts, "|")
			if got := wechat.Sign(test.parts...); got != test.want {
				t.Errorf("Sign = %s, want %s", got, test.want)
			}
			if strings.Join(test.parts, "|") != before {
				t.Error("Sign reordered the caller's parts")
			}
			if got := util.Signature(append([]string(nil), test.parts...)...); got != test.want {
				t.Errorf("the library signs %s, want %s", got, test.want)
			}
		})
	}
}

func TestEncryptVectors(t *testing.T) {
	tests := []struct{ name, random, message, want, hash string }{
		{"W2", "0123456789abcdef", inboundXML, cipherW2, "74c9e409fdd9d8859093ca9d1108c5be96b0db31d29ed3e4686664652fa61229"},
		{"W3", "0123456789abcdef", "<xml><A>1</A></xml>", cipherW3, ""},
		{"W4", "fedcba9876543210", outboundXML, cipherW4, "633e44a8b6194187a7e3267cb03caea1294a35f7c352ebf854558ebc8273f2ea"},
		{"W5", "0123456789abcdef", inboundJSON, cipherW5, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := wechat.Encrypt([16]byte([]byte(test.random)), []byte(test.message), testApp, testKey)
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("Encrypt = %s, want %s", got, test.want)
			}
			sum := sha256.Sum256([]byte(got))
			if test.hash != "" && hex.EncodeToString(sum[:]) != test.hash {
				t.Errorf("SHA-256 = %x, want %s", sum, test.hash)
			}
			message, err := wechat.Decrypt(test.want, testApp, testKey)
			if err != nil || string(message) != test.message {
				t.Errorf("Decrypt = %q, %v, want %q", message, err, test.message)
			}
		})
	}
}

// TestEncryptMatchesLibrary walks every padding: lengths over two blocks.
func TestEncryptMatchesLibrary(t *testing.T) {
	random := [16]byte([]byte("fedcba9876543210"))
	for size := 1; size <= 66; size++ {
		message := []byte(strings.Repeat("x", size))
		got, err := wechat.Encrypt(random, message, testApp, testKey)
		if err != nil {
			t.Fatal(err)
		}
		want, err := util.EncryptMsg(random[:], message, testApp, testKey)
		if err != nil || got != string(want) {
			t.Fatalf("length %d: Encrypt = %s, the library %s (%v)", size, got, want, err)
		}
		back, err := wechat.Decrypt(got, testApp, testKey)
		if err != nil || string(back) != string(message) {
			t.Fatalf("length %d: Decrypt = %q, %v", size, back, err)
		}
	}
}

func TestEncryptRefuses(t *testing.T) {
	var random [16]byte
	for _, key := range []string{"", testKey[:42], testKey + "H", testKey[:42] + "-", testKey[:42] + "\n"} {
		if _, err := wechat.Encrypt(random, []byte("x"), testApp, key); err == nil {
			t.Errorf("Encrypt took the key %q", key)
		}
		if _, err := wechat.Decrypt(cipherW3, testApp, key); err == nil {
			t.Errorf("Decrypt took the key %q", key)
		}
	}
	if _, err := wechat.Encrypt(random, make([]byte, 1<<20+1), testApp, testKey); err == nil {
		t.Error("Encrypt took a message over 1 MiB")
	}
}

func TestDecryptRefuses(t *testing.T) {
	flipped := []byte(cipherW2)
	flipped[len(flipped)-10] ^= 1 // in the last block, where padding and app id are
	tests := []struct{ name, encrypted, app, key string }{
		{"empty", "", testApp, testKey},
		{"not base64", "***", testApp, testKey},
		{"flipped byte", string(flipped), testApp, testKey},
		{"other key", cipherW2, testApp, otherKey},
		{"app id of another account", cipherW2, "wxdeskreply0000002", testKey},
		{"app id cut", cipherW2, testApp[:17], testKey},
		{"no multiple of 16", base64.StdEncoding.EncodeToString(make([]byte, 33)), testApp, testKey},
		{"a multiple of 16 but not of 32", base64.StdEncoding.EncodeToString(make([]byte, 48)), testApp, testKey},
		{"length larger than the buffer", sealed(t, 1<<16, "short"+testApp, 0), testApp, testKey},
		{"length of 4 GiB", sealed(t, 1<<32-1, "short"+testApp, 0), testApp, testKey},
		{"length one too large", sealed(t, 6, "short"+testApp, 0), testApp, testKey},
		{"padding of 0", sealed(t, 5, "short"+testApp, 256), testApp, testKey},
		{"padding of 33", sealed(t, 5, "short"+testApp, 33), testApp, testKey},
		{"padding over everything", sealed(t, 0, "0123456789a", 32), testApp, testKey},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := wechat.Decrypt(test.encrypted, test.app, test.key); err == nil {
				t.Errorf("Decrypt = %q, want an error", got)
			}
		})
	}
}

// sealed encrypts with a length field and a padding value of the caller's
// choice: pad 0 is the right one, 256 writes a zero.
func sealed(t *testing.T, length uint32, rest string, pad int) string {
	t.Helper()
	plain := []byte("0123456789abcdef")
	plain = binary.BigEndian.AppendUint32(plain, length)
	plain = append(plain, rest...)
	right := 32 - len(plain)%32
	value := byte(right)
	if pad != 0 {
		value = byte(pad)
	}
	plain = append(plain, bytes.Repeat([]byte{value}, right)...)
	key, err := base64.StdEncoding.DecodeString(testKey + "=")
	if err != nil {
		t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	cipher.NewCBCEncrypter(block, key[:16]).CryptBlocks(plain, plain)
	return base64.StdEncoding.EncodeToString(plain)
}

func FuzzDecrypt(f *testing.F) {
	for _, seed := range []string{cipherW2, cipherW3, cipherW4, cipherW5, "", "AAAA", cipherW3 + cipherW3} {
		f.Add(seed, testApp)
	}
	f.Fuzz(func(t *testing.T, encrypted, app string) {
		got, err := wechat.Decrypt(encrypted, app, testKey)
		_, want, libraryErr := util.DecryptMsg(app, encrypted, testKey)
		if libraryErr == nil && (err != nil || !bytes.Equal(got, want)) {
			t.Fatalf("Decrypt = %q, %v, the library %q", got, err, want)
		}
		// The library refuses an empty app id; nothing else may differ.
		if err == nil && libraryErr != nil && app != "" {
			t.Fatalf("Decrypt = %q, the library refuses: %v", got, libraryErr)
		}
	})
}
