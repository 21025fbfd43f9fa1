// Package mailtest is an SMTP server for tests: it takes letters as a real one
// does, with TLS and sign-in, and fails as its script says.
package mailtest

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// Script is what the server answers to a command instead of yes; "" breaks the
// connection off. "greeting" is the first line, "DATA." what follows a letter;
// a greeting of "" stays silent.
type Script map[string]string

// Letter is one letter that was taken.
type Letter struct {
	From   string
	To     []string
	User   string // who signed in
	Secure bool
	Data   string
}

// Server is a running server.
type Server struct {
	Port  int
	Roots *x509.CertPool // who vouches for it

	script  Script
	tls     *tls.Config
	mu      sync.Mutex
	letters []Letter
	signIns int
}

// handshakeTimeout bounds a client that stalls.
const handshakeTimeout = 10 * time.Second

// New starts a server on this machine until the test ends; secure speaks TLS
// from the first byte.
func New(t testing.TB, secure bool, script Script) *Server {
	t.Helper()
	s := &Server{script: script, Roots: x509.NewCertPool()}
	s.certificate(t)
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Port = ln.Addr().(*net.TCPAddr).Port
	if secure {
		ln = tls.NewListener(ln, s.tls)
	}
	var open sync.WaitGroup
	var conns sync.Map
	open.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			conns.Store(conn, true)
			open.Go(func() { defer conn.Close(); s.talk(conn, secure) })
		}
	})
	t.Cleanup(func() {
		_ = ln.Close()
		conns.Range(func(c, _ any) bool { _ = c.(net.Conn).Close(); return true })
		open.Wait()
	})
	return s
}

func (s *Server) certificate(t testing.TB) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mailtest"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s.Roots.AddCert(cert)
	s.tls = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

// Letters returns what was taken, in order.
func (s *Server) Letters() []Letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Letter(nil), s.letters...)
}

// SignIns is how often somebody tried to sign in.
func (s *Server) SignIns() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signIns
}

// session is one connection.
type session struct {
	*Server
	conn   net.Conn
	in     *bufio.Reader
	letter Letter
}

func (s *Server) talk(conn net.Conn, secure bool) {
	c := &session{Server: s, conn: conn, in: bufio.NewReader(conn), letter: Letter{Secure: secure}}
	greeting, scripted := s.script["greeting"]
	switch {
	case scripted && greeting == "":
		_, _ = c.in.ReadByte() // silent until the other gives up
		return
	case !scripted:
		greeting = "220 mailtest"
	}
	c.say(greeting)
	for {
		line, err := c.in.ReadString('\n')
		if err != nil || !c.answer(strings.TrimSpace(line)) {
			return
		}
	}
}

func (c *session) say(line string) { _, _ = fmt.Fprintf(c.conn, "%s\r\n", line) }

// scripted says what the script has for a command, and whether to go on.
func (c *session) scripted(name string) (done, goOn bool) {
	words, found := c.script[name]
	if !found {
		return false, true
	}
	if words != "" {
		c.say(words)
	}
	return true, words != ""
}

func (c *session) answer(line string) (goOn bool) {
	name, rest, _ := strings.Cut(line, " ")
	name = strings.ToUpper(name)
	if name == "AUTH" {
		c.mu.Lock()
		c.signIns++
		c.mu.Unlock()
	}
	if done, goOn := c.scripted(name); done {
		return goOn
	}
	switch name {
	case "EHLO", "HELO":
		c.hello()
	case "STARTTLS":
		c.say("220 go ahead")
		secure := tls.Server(c.conn, c.tls)
		ctx, cancel := context.WithTimeout(context.Background(), handshakeTimeout)
		defer cancel()
		if secure.HandshakeContext(ctx) != nil {
			return false
		}
		c.conn, c.in, c.letter = secure, bufio.NewReader(secure), Letter{Secure: true}
	case "AUTH":
		c.auth(rest)
	case "MAIL":
		c.letter.From, c.letter.To = address(rest), nil
		c.say("250 ok")
	case "RCPT":
		c.letter.To = append(c.letter.To, address(rest))
		c.say("250 ok")
	case "DATA":
		return c.data()
	case "QUIT":
		c.say("221 bye")
		return false
	default: // NOOP, RSET
		c.say("250 ok")
	}
	return true
}

func (c *session) hello() {
	c.say("250-mailtest")
	if !c.letter.Secure {
		c.say("250-STARTTLS")
	} else {
		c.say("250-AUTH PLAIN LOGIN")
	}
	c.say("250 8BITMIME")
}

func (c *session) auth(rest string) {
	_, initial, _ := strings.Cut(rest, " ")
	plain, _ := base64.StdEncoding.DecodeString(initial)
	parts := strings.Split(string(plain), "\x00")
	if len(parts) != 3 || parts[2] != "not-a-real-password" {
		c.say("535 5.7.8 wrong")
		return
	}
	c.letter.User = parts[1]
	c.say("235 welcome")
}

func (c *session) data() bool {
	c.say("354 go on")
	var text strings.Builder
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	if done, goOn := c.scripted("DATA."); done {
		return goOn
	}
	c.letter.Data = text.String()
	c.mu.Lock()
	c.letters = append(c.letters, c.letter)
	c.mu.Unlock()
	c.say("250 taken")
	return true
}

func address(rest string) string {
	_, after, _ := strings.Cut(rest, "<")
	name, _, _ := strings.Cut(after, ">")
	return name
}
