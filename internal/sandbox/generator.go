package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/actorpipe/actorpipe/messages"
)

// The dice of a record are those of its stream.
const (
	streamTweets = iota + 1
	streamUsers
	streamHosts
	streamNetworks
)

const (
	maxPhrases = 3
	maxTags    = 4
	link       = " https://t.example/"
	idDigits   = 8
)

// Generator makes tweets and users, each from its number alone: two generators
// with the same settings make the same records, in any order. It is safe for
// use by several goroutines.
type Generator struct {
	seed    uint64
	users   int
	pools   addresses
	phrases [len(phrases)][]byte // as they stand in JSON
	tags    [len(tags)][]byte
}

// NewGenerator returns the generator of a seed whose tweets are by the first
// so many users, at least one. A few of these write most of the tweets.
func NewGenerator(seed uint64, users int) *Generator {
	g := &Generator{seed: seed, users: max(users, 1), pools: newAddresses(seed)}
	for i, s := range phrases {
		g.phrases[i] = escaped(s)
	}
	for i, s := range tags {
		g.tags[i] = quoted(s)
	}
	return g
}

// tweet is what was drawn for a tweet.
type tweet struct {
	author  int
	phrases []int
	tags    []int
	address string
	room    [maxPhrases + maxTags]int // of the two lists
}

func (g *Generator) draw(t *tweet, i int) {
	d := newDice(g.seed, streamTweets, i)
	t.author = d.skewed(g.users)
	t.phrases = t.room[:1+d.below(maxPhrases)]
	for j := range t.phrases {
		t.phrases[j] = d.below(len(phrases))
	}
	t.tags = t.room[maxPhrases : maxPhrases+d.below(maxTags+1)]
	for j := range t.tags {
		t.tags[j] = d.below(len(tags))
	}
	t.address = g.pools.draw(&d)
}

// Tweet is tweet i as JSON, byte for byte what encoding/json makes of
// TweetRecord(i).
func (g *Generator) Tweet(i int) []byte { return g.AppendTweet(nil, i) }

// AppendTweet appends tweet i to dst.
func (g *Generator) AppendTweet(dst []byte, i int) []byte {
	var t tweet
	g.draw(&t, i)
	dst = append(dst, `{"Message":"`...)
	for j, n := range t.phrases {
		if j > 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, g.phrases[n]...)
	}
	dst = append(dst, link...)
	dst = strconv.AppendInt(dst, int64(i), 10)
	dst = append(dst, `","User":`...)
	dst = g.AppendUser(dst, t.author)
	dst = g.appendTags(append(dst, `,"Tags":`...), t.tags)
	dst = append(dst, `,"RemoteAddress":"`...)
	dst = append(dst, t.address...)
	return append(dst, `"}`...)
}

func (g *Generator) appendTags(dst []byte, list []int) []byte {
	if len(list) == 0 {
		return append(dst, "null"...)
	}
	for j, n := range list {
		dst = append(dst, "[,"[min(j, 1)])
		dst = append(dst, g.tags[n]...)
	}
	return append(dst, ']')
}

// User is user i as JSON, byte for byte what encoding/json makes of
// UserRecord(i).
func (g *Generator) User(i int) []byte { return g.AppendUser(nil, i) }

// AppendUser appends user i to dst.
func (g *Generator) AppendUser(dst []byte, i int) []byte {
	first, last := g.name(i)
	dst = append(append(dst, `{"Name":"`...), first...)
	dst = append(append(dst, ' '), last...)
	dst = append(dst, `","Id":"`...)
	return append(AppendUserID(dst, i), `"}`...)
}

func (g *Generator) name(i int) (first, last string) {
	d := newDice(g.seed, streamUsers, i)
	return firstNames[d.below(len(firstNames))], lastNames[d.below(len(lastNames))]
}

// TweetRecord is tweet i.
func (g *Generator) TweetRecord(i int) messages.Tweet {
	var t tweet
	g.draw(&t, i)
	author := g.UserRecord(t.author)
	r := messages.Tweet{User: &author, RemoteAddress: t.address}
	for j, n := range t.phrases {
		if j > 0 {
			r.Message += " "
		}
		r.Message += phrases[n]
	}
	r.Message += link + strconv.Itoa(i)
	for _, n := range t.tags {
		r.Tags = append(r.Tags, tags[n])
	}
	return r
}

// UserRecord is user i.
func (g *Generator) UserRecord(i int) messages.User {
	first, last := g.name(i)
	return messages.User{Name: first + " " + last, Id: string(UserKey(i))}
}

// TweetKey is the key of tweet i in Kafka: the id of its author, so that all
// that one user writes is in one partition.
func (g *Generator) TweetKey(i int) []byte {
	d := newDice(g.seed, streamTweets, i)
	return UserKey(d.skewed(g.users))
}

// UserKey is the key of user i in Kafka: its id.
func UserKey(i int) []byte { return AppendUserID(nil, i) }

// AppendUserID appends the id of user i to dst, as "u00000042".
func AppendUserID(dst []byte, i int) []byte {
	dst = append(dst, 'u')
	for limit, n := 10, 1; n < idDigits; limit, n = limit*10, n+1 {
		if i < limit {
			dst = append(dst, '0')
		}
	}
	return strconv.AppendInt(dst, int64(i), 10)
}

// TweetNumber is the number of the tweet that is, or was made into, the
// document.
func TweetNumber(document []byte) (int, error) { return numberAfter(document, link) }

// UserNumber is the number of the user that is the document.
func UserNumber(document []byte) (int, error) { return numberAfter(document, `"Id":"u`) }

// numberAfter is the digits behind the first mark.
func numberAfter(document []byte, mark string) (int, error) {
	_, rest, found := bytes.Cut(document, []byte(mark))
	end := bytes.IndexByte(rest, '"')
	if !found || end < 0 {
		return 0, fmt.Errorf("document was not made by the generator: no %q: %.200s", mark, document)
	}
	n, err := strconv.Atoi(string(rest[:end]))
	if err != nil {
		return 0, fmt.Errorf("document was not made by the generator: %w: %.200s", err, document)
	}
	return n, nil
}

// quoted is s as JSON.
func quoted(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return b
}

// escaped is s as it stands between the quotes in JSON.
func escaped(s string) []byte { return bytes.Trim(quoted(s), `"`) }
