package dlq

import (
	"bufio"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// holdVariable makes the test program a second process that holds the file it
// names until its standard input ends.
const holdVariable = "DLQ_TEST_HOLD"

func TestMain(m *testing.M) {
	if path := os.Getenv(holdVariable); path != "" {
		hold(path)
		return
	}
	goleak.VerifyTestMain(m)
}

func hold(path string) {
	if _, err := OpenFile(path); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("held")
	bufio.NewScanner(os.Stdin).Scan()
}
