package dlq

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"

	"go.uber.org/goleak"
)

// holdVariable makes the test program a second process that holds the file it
// names until its standard input ends.
const holdVariable = "DLQ_TEST_HOLD"

// fillVariable makes it one that stores entries in the file that it names, from the
// offset on that fillFrom names, until it is killed. It says each that is stored.
const (
	fillVariable = "DLQ_TEST_FILL"
	fillFrom     = "DLQ_TEST_FROM"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(fillVariable); path != "" {
		fill(path, os.Getenv(fillFrom))
		return
	}
	if path := os.Getenv(holdVariable); path != "" {
		hold(path)
		return
	}
	goleak.VerifyTestMain(m)
}

func hold(path string) {
	if _, err := OpenFile(testSettings(path)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("held")
	bufio.NewScanner(os.Stdin).Scan()
}

func fill(path, from string) {
	offset, err := strconv.ParseInt(from, 10, 64)
	if err != nil {
		fmt.Println(err)
		return
	}
	f, err := OpenFile(FileSettings{Path: path, MaxBytes: smallFile})
	for ; err == nil; offset++ {
		if err = f.Store(context.Background(), letters(offset)); err == nil {
			fmt.Println(offset)
		}
	}
	fmt.Println(err)
}
