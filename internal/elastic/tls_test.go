package elastic

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/actorpipe/actorpipe/messages"
)

// TestTLS trusts by file or fingerprint; a server that is not trusted is fatal.
func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(answers(http.StatusOK, twoStored))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // refused handshakes
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	raw := server.Certificate().Raw
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(raw)
	pin := hex.EncodeToString(sum[:])
	for name, c := range map[string]struct {
		tls   TLSSettings
		fatal string
	}{
		"ca_file":           {TLSSettings{CAFile: ca}, ""},
		"fingerprint":       {TLSSettings{CAFingerprint: strings.ToUpper(pin[:2]) + ":" + pin[2:]}, ""},
		"other fingerprint": {TLSSettings{CAFingerprint: strings.Repeat("ab", 32)}, "ca_fingerprint"},
		"unknown":           {TLSSettings{}, "check ca_file or ca_fingerprint"},
	} {
		t.Run(name, func(t *testing.T) {
			client := connect(t, func(s *Settings) { s.Addresses, s.TLS = []string{server.URL}, c.tls })
			got, err := client.NewBulker().Send(t.Context(), batches(tweets(1, 2)))
			if c.fatal == "" && (err != nil || got.Verdict != messages.BulkAnswered) {
				t.Errorf("got %+v, %v", got, err)
			}
			if c.fatal != "" && (err == nil || !strings.Contains(err.Error(), c.fatal)) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// TestTLSToPlainServer is fatal: it would never pass.
func TestTLSToPlainServer(t *testing.T) {
	server := httptest.NewServer(answers(http.StatusOK, twoStored))
	t.Cleanup(server.Close)
	client := connect(t, func(s *Settings) { s.Addresses = []string{"https" + strings.TrimPrefix(server.URL, "http")} })
	if _, err := client.NewBulker().Send(t.Context(), batches(tweets(1, 2))); err == nil || !strings.Contains(err.Error(), "check ca_file") {
		t.Error(err)
	}
}
