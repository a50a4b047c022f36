package kafka

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// authority makes a certificate that signs itself, for a name and 127.0.0.1, and
// returns it with the file that holds it and the file of its key.
func authority(t *testing.T, name string) (cert tls.Certificate, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for file, text := range map[string][]byte{certFile: certPEM, keyFile: keyPEM} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if cert, err = tls.X509KeyPair(certPEM, keyPEM); err != nil {
		t.Fatal(err)
	}
	return cert, certFile, keyFile
}

func TestTLS(t *testing.T) {
	server, ca, _ := authority(t, "kafka.test")
	client, clientCert, clientKey := authority(t, "client.test")
	_, otherCA, _ := authority(t, "other.test")
	pool := x509.NewCertPool()
	pool.AddCert(client.Leaf)
	open := &tls.Config{Certificates: []tls.Certificate{server}, MinVersion: tls.VersionTLS12}
	mutual := &tls.Config{Certificates: []tls.Certificate{server}, MinVersion: tls.VersionTLS12, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
	for name, test := range map[string]struct {
		server *tls.Config
		client TLS
		fatal  bool
	}{
		"trusted":             {open, TLS{CAFile: ca}, false},
		"server name":         {open, TLS{CAFile: ca, ServerName: "kafka.test"}, false},
		"client certificate":  {mutual, TLS{CAFile: ca, CertFile: clientCert, KeyFile: clientKey}, false},
		"wrong server name":   {open, TLS{CAFile: ca, ServerName: "web.test"}, true},
		"unknown authority":   {open, TLS{CAFile: otherCA}, true},
		"system's trust only": {open, TLS{}, true},
		"no certificate":      {mutual, TLS{CAFile: ca}, true},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := startCluster(t, kfake.SeedTopics(1, "tweets"), kfake.TLS(test.server))
			s := testSettings(cluster.ListenAddrs()...)
			s.TLS = &test.client
			p := startProcess(t, s, nil)
			if test.fatal {
				p.wantFatal(nil, "TLS was refused, fix kafka.tls")
				return
			}
			p.await(ConditionAssignment, well)
			p.stop()
		})
	}
}

func TestTLSFilesAreReadByNew(t *testing.T) {
	_, cert, key := authority(t, "kafka.test")
	for name, test := range map[string]struct {
		tls  TLS
		text string
	}{
		"no ca file":     {TLS{CAFile: "/nowhere/ca.pem"}, "ca_file"},
		"no certificate": {TLS{CAFile: key}, "holds no PEM certificate"},
		"no key":         {TLS{CertFile: cert}, "key_file"},
	} {
		s := testSettings("localhost:9092")
		s.TLS = &test.tls
		_, err := New(s, Hooks{Claim: neverClaim})
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		wantTexts(t, err.Error(), test.text)
	}
}

func TestSASL(t *testing.T) {
	for name, mechanism := range map[string]Mechanism{"PLAIN": Plain, "SCRAM-SHA-256": ScramSHA256, "SCRAM-SHA-512": ScramSHA512} {
		t.Run(name, func(t *testing.T) {
			cluster := startCluster(t, kfake.SeedTopics(1, "tweets"), kfake.EnableSASL(), kfake.Superuser(name, "ann", "secret"))
			s := testSettings(cluster.ListenAddrs()...)
			s.SASL = &SASL{Mechanism: mechanism, Username: "ann", Password: "secret"}
			p := startProcess(t, s, nil)
			p.await(ConditionAssignment, well)
			p.stop()
		})
		t.Run(name+", refused by a closed connection", func(t *testing.T) {
			cluster := startCluster(t, kfake.SeedTopics(1, "tweets"), kfake.EnableSASL(), kfake.Superuser(name, "ann", "secret"))
			s := testSettings(cluster.ListenAddrs()...)
			s.SASL = &SASL{Mechanism: mechanism, Username: "ann", Password: "guess"}
			p := startProcess(t, s, nil)
			wantTexts(t, p.await(ConditionKafka, trouble), "the password in kafka.sasl may be wrong")
			p.stop()
		})
	}
}

// TestSASLThatNobodyAskedFor has a broker without SASL, which real ones answer with
// an error.
func TestSASLThatNobodyAskedFor(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(1, "tweets"))
	cluster.ControlKey(int16(kmsg.SASLHandshake), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		answer := r.ResponseKind().(*kmsg.SASLHandshakeResponse)
		answer.ErrorCode = kerr.IllegalSaslState.Code
		return answer, nil, true
	})
	s := testSettings(cluster.ListenAddrs()...)
	s.SASL = &SASL{Mechanism: Plain, Username: "ann", Password: "secret"}
	p := startProcess(t, s, nil)
	wantTexts(t, p.await(ConditionKafka, trouble), "may take no SASL")
	p.stop()
}

func TestSASLRefusedIsFatal(t *testing.T) {
	cluster := startCluster(t, kfake.SeedTopics(1, "tweets"), kfake.EnableSASL(), kfake.Superuser("PLAIN", "ann", "secret"))
	cluster.ControlKey(int16(kmsg.SASLAuthenticate), func(r kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		answer := r.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		answer.ErrorCode = kerr.SaslAuthenticationFailed.Code
		answer.ErrorMessage = kmsg.StringPtr("Authentication failed: Invalid username or password")
		return answer, nil, true
	})
	s := testSettings(cluster.ListenAddrs()...)
	s.SASL = &SASL{Mechanism: Plain, Username: "ann", Password: "guess"}
	p := startProcess(t, s, nil)
	p.wantFatal(sarama.ErrSASLAuthenticationFailed, "log in to kafka: fix mechanism, username or password", "Invalid username or password")
}

func TestUserWithoutRights(t *testing.T) {
	for name, test := range map[string]struct {
		acls []kfake.ACL
		is   error
		text string
	}{
		"of the topic": {[]kfake.ACL{allow(kmsg.ACLResourceTypeGroup, "actorpipe")}, sarama.ErrTopicAuthorizationFailed, "read topic tweets:"},
		"of the group": {[]kfake.ACL{allow(kmsg.ACLResourceTypeTopic, "tweets")}, sarama.ErrGroupAuthorizationFailed, `use group "actorpipe":`},
	} {
		t.Run(name, func(t *testing.T) {
			cluster := startCluster(t, kfake.SeedTopics(1, "tweets"), kfake.EnableSASL(), kfake.EnableACLs(), kfake.User("PLAIN", "ann", "secret", test.acls...))
			s := testSettings(cluster.ListenAddrs()...)
			s.SASL = &SASL{Mechanism: Plain, Username: "ann", Password: "secret"}
			p := startProcess(t, s, nil)
			p.wantFatal(test.is, test.text)
		})
	}
}

func allow(kind kmsg.ACLResourceType, name string) kfake.ACL {
	return kfake.ACL{Resource: kind, Name: name, Pattern: kmsg.ACLResourcePatternTypeLiteral, Operation: kmsg.ACLOperationRead, Allow: true}
}
